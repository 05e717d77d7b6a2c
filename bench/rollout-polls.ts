import type { LatencySummary } from '@updraft/fleet';
import { pollRequest } from './load/changes.ts';
import { spreadOf } from './load/figures.ts';
import { cpuSeconds, mainThreadCpuSeconds, postgresCpuSeconds } from './load/process-figures.ts';
import type { Scene } from './load/scene.ts';
import { apiOf, portOf } from './load/seed.ts';
import { deviceName, TOKEN } from './rollout-fixture.ts';

export const POLLS_PER_SECOND = 1000;
const CONNECTIONS = 64;
const CPU_PASSES = 9;
const CPU_ROUNDS = 20;
const POLLS_PER_ROUND = 1000;

export type OpenLoop = LatencySummary & { readonly lateP99Ms: number; readonly not200: number };

/** Microseconds of CPU that an uncached poll takes. */
type PollCpu = { readonly doors: number; readonly server: number; readonly postgres: number };

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

/** A server, and how many devices its fleet has. */
type Polled = { readonly scene: Scene; readonly devices: number };

export type ComparedCpu = { readonly fleet: PollCpu; readonly reference: PollCpu };

/**
 * What an uncached poll takes in two fleets: medians of passes that are made by turns, so that both meet the same machine.
 * Each device was asked once before, so that what a first contact writes is written; the first pass counts for nothing.
 */
export async function measurePollCpu(fleet: Polled, reference: Polled): Promise<ComparedCpu> {
  for (const { scene, devices } of [fleet, reference])
    for (const requests of roundsOf(devices)) await askOnce(scene, requests);
  const passes: ComparedCpu[] = [];
  for (let pass = 0; pass <= CPU_PASSES; pass += 1) {
    const figures = { fleet: await passOf(fleet), reference: await passOf(reference) };
    if (pass > 0) passes.push(figures);
  }
  return {
    fleet: mediansOf(passes.map((pass) => pass.fleet)),
    reference: mediansOf(passes.map((pass) => pass.reference)),
  };
}

function mediansOf(passes: readonly PollCpu[]): PollCpu {
  const median = (kind: keyof PollCpu) => spreadOf(passes.map((pass) => pass[kind])).median;
  return { doors: median('doors'), server: median('server'), postgres: median('postgres') };
}

/** In a large fleet each round asks other devices. */
function roundsOf(devices: number): readonly (readonly Buffer[])[] {
  return Array.from({ length: CPU_ROUNDS }, (_, round) => spreadPolls(devices, POLLS_PER_ROUND, 100 + round));
}

/** Rounds of polls, each after a change that concerns every answer. */
async function passOf({ scene, devices }: Polled): Promise<PollCpu> {
  const rounds = roundsOf(devices);
  const { pid } = scene.server;
  const before = cpuNow(pid);
  let polls = 0;
  for (const [round, requests] of rounds.entries()) {
    // The poll interval stands in every answer.
    await apiOf(scene.server).call('settings.change', { body: { pollInterval: `00:0${5 + (round % 2)}:00` } });
    polls += await askOnce(scene, requests);
  }
  const after = cpuNow(pid);
  const each = (kind: keyof PollCpu) => ((after[kind] - before[kind]) / polls) * 1e6;
  return { doors: each('doors'), server: each('server'), postgres: each('postgres') };
}

async function askOnce({ server, generator }: Scene, requests: readonly Buffer[]): Promise<number> {
  const job = { kind: 'once-each', port: portOf(server), connections: CONNECTIONS, requests } as const;
  return (await generator.perform(job)).answers;
}

function cpuNow(pid: number): PollCpu {
  return { doors: mainThreadCpuSeconds(pid), server: cpuSeconds(pid), postgres: postgresCpuSeconds() };
}
