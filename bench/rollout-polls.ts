import type { LatencySummary } from '@updraft/fleet';
import { pollRequest } from './load/changes.ts';
import { cpuSeconds, mainThreadCpuSeconds, postgresCpuSeconds } from './load/process-figures.ts';
import type { Scene } from './load/scene.ts';
import { apiOf, portOf } from './load/seed.ts';
import { deviceName, TOKEN } from './rollout-fixture.ts';

export const POLLS_PER_SECOND = 1000;
const CONNECTIONS = 64;
const CPU_ROUNDS = 20;
const POLLS_PER_ROUND = 1000;

export type OpenLoop = LatencySummary & { readonly lateP99Ms: number; readonly not200: number };

/** Microseconds of CPU that an uncached poll takes. */
export type PollCpu = { readonly doors: number; readonly server: number; readonly postgres: number };

/** Polls of `count` devices that lie evenly spread over the fleet; `turn` chooses neighbours of those of another turn. */
function spreadPolls(devices: number, count: number, turn: number): readonly Buffer[] {
  const asked = Math.min(devices, count);
  return Array.from({ length: asked }, (_, at) => {
    const index = (Math.floor((at * devices) / asked) + turn) % devices;
    return pollRequest({ name: deviceName(index + 1), token: TOKEN });
  });
}

/** {@link POLLS_PER_SECOND} in an open loop; in a large fleet each device asks once, so that no answer is remembered. */
export async function pollOpenLoop(
  { server, generator }: Scene,
  { devices, seconds, turn }: { readonly devices: number; readonly seconds: number; readonly turn: number },
): Promise<OpenLoop> {
  const requests = spreadPolls(devices, POLLS_PER_SECOND * seconds, turn);
  const pace = { perSecond: POLLS_PER_SECOND, seconds, connections: CONNECTIONS };
  const result = await generator.perform({ kind: 'open-loop', port: portOf(server), requests, ...pace });
  const { latency, lateness, answers, statuses } = result;
  return { ...latency, lateP99Ms: lateness.p99Ms, not200: answers - (statuses['200'] ?? 0) };
}

/**
 * Rounds of polls after a change that concerns every answer; in a large fleet each round asks other devices. Each was
 * asked once before, so that what a first contact writes is written.
 */
export async function measurePollCpu({ server, generator }: Scene, devices: number): Promise<PollCpu> {
  const port = portOf(server);
  const rounds = Array.from({ length: CPU_ROUNDS }, (_, round) => spreadPolls(devices, POLLS_PER_ROUND, 100 + round));
  const ask = (requests: readonly Buffer[]) =>
    generator.perform({ kind: 'once-each', port, connections: CONNECTIONS, requests });
  for (const requests of rounds) await ask(requests);
  const before = cpuNow(server.pid);
  let polls = 0;
  for (const [round, requests] of rounds.entries()) {
    // The poll interval stands in every answer.
    await apiOf(server).call('settings.change', { body: { pollInterval: `00:0${5 + (round % 2)}:00` } });
    polls += (await ask(requests)).answers;
  }
  const after = cpuNow(server.pid);
  const each = (kind: keyof PollCpu) => ((after[kind] - before[kind]) / polls) * 1e6;
  return { doors: each('doors'), server: each('server'), postgres: each('postgres') };
}

function cpuNow(pid: number): PollCpu {
  return { doors: mainThreadCpuSeconds(pid), server: cpuSeconds(pid), postgres: postgresCpuSeconds() };
}
