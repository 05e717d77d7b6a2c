import { parseArgs } from 'node:util';
import type { ServerProcess } from '@updraft/fleet';
import { ownClusterOrSkip } from '../packages/store/test/postgres-cluster.ts';
import { checkChanges, pollRequest } from './load/changes.ts';
import { say, sayFigures, SPREAD_TITLE, spreadOf, spreadText } from './load/figures.ts';
import type { JobResult } from './load/jobs.ts';
import { cpuSeconds } from './load/process-figures.ts';
import { connectProfiler, type Profiler } from './load/profile.ts';
import { apiOf, portOf, seedDevices } from './load/seed.ts';
import { setScene, type Generator } from './load/scene.ts';
import { startBareServer, type BareServer } from './load/start-bare-server.ts';

export const summary =
  'polls a second, cached and not, beside a bare node:http [--devices 10000] [--rounds 5] [--database postgres] [--profile]';

const CONNECTIONS = 32;
const ROUND_SECONDS = 2;
const KINDS = ['bare', 'cached', 'uncached'] as const;
type Kind = (typeof KINDS)[number];
type Round = {
  readonly perSecond: number;
  readonly perCpuSecond: number;
  readonly wrong: number;
  readonly generatorBusy: number;
};

/**
 * Polls a real server process (target tokens) and a bare node:http that answers the same number of bytes, in turns.
 * `cached`: round and round, nothing changes. `uncached`: after a change that concerns every answer, each device once.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      devices: { type: 'string', default: '10000' },
      rounds: { type: 'string', default: '5' },
      database: { type: 'string', default: 'sqlite' },
      profile: { type: 'boolean', default: false },
    },
  });
  await using cluster =
    values.database === 'postgres' ? await ownClusterOrSkip({ skip: say }, 'as-installed') : undefined;
  await using scene = await setScene({
    ...(values.profile ? { nodeFlags: ['--inspect=127.0.0.1:0'] } : {}),
    ...(cluster === undefined ? {} : { databaseUrl: await cluster.createDatabase() }),
  });
  const { server, generator } = scene;
  const { devices, seconds } = await seedDevices(server, Number(values.devices));
  say(`${devices.length} devices added through the API in ${seconds.toFixed(1)} s`);
  const requests = devices.map(pollRequest);
  await using bare = await startBareServer(portOf(server), requests[0] as Buffer);
  const bench: PollBench = { server, bare, generator, requests };
  for (const kind of KINDS) await round(bench, kind);
  // Awaited here: the scene is taken down on return.
  if (values.profile) return await showProfile(bench);
  const rounds = await inTurns(bench, Number(values.rounds));
  const changes = await checkChanges(server, devices);
  show(rounds);
  say(`${changes.wrong} of ${changes.answers} answers were wrong in the moment after a change`);
  const { database } = values;
  sayFigures({
    bench: 'polls',
    database,
    devices: devices.length,
    seedSeconds: seconds,
    ...figuresOf(rounds),
    changes,
  });
}

type PollBench = {
  readonly server: ServerProcess;
  readonly bare: BareServer;
  readonly generator: Generator;
  readonly requests: readonly Buffer[];
};
type Rounds = Readonly<Record<Kind, readonly Round[]>>;

async function inTurns(bench: PollBench, count: number): Promise<Rounds> {
  const rounds: Record<Kind, Round[]> = { bare: [], cached: [], uncached: [] };
  for (let index = 0; index < count; index++) for (const kind of KINDS) rounds[kind].push(await round(bench, kind));
  return rounds;
}

async function round({ server, bare, generator, requests }: PollBench, kind: Kind): Promise<Round> {
  const port = kind === 'bare' ? bare.port : portOf(server);
  const { pid } = kind === 'bare' ? bare : server;
  const job = { port, connections: CONNECTIONS, requests };
  if (kind === 'uncached') await changeEveryAnswer(server);
  if (kind === 'cached') await generator.perform({ ...job, kind: 'once-each' });
  const cpuBefore = cpuSeconds(pid);
  const result = await generator.perform(
    kind === 'uncached' ? { ...job, kind: 'once-each' } : { ...job, kind: 'for-seconds', seconds: ROUND_SECONDS },
  );
  return roundOf(result, cpuSeconds(pid) - cpuBefore);
}

function roundOf(result: JobResult, serverCpuSeconds: number): Round {
  return {
    perSecond: result.answers / result.seconds,
    perCpuSecond: result.answers / serverCpuSeconds,
    wrong: result.answers - (result.statuses['200'] ?? 0),
    generatorBusy: result.cpuSeconds / result.seconds,
  };
}

/** The poll interval stands in every answer, so no answer that was made before may be given again. */
async function changeEveryAnswer(server: ServerProcess): Promise<void> {
  const api = apiOf(server);
  const { pollInterval } = await api.call('settings.show');
  await api.call('settings.change', { body: { pollInterval: pollInterval === '00:05:00' ? '00:06:00' : '00:05:00' } });
}

function show(rounds: Rounds): void {
  say(`\npolls a second        ${SPREAD_TITLE}   a CPU second of the server   ratioToBare`);
  const bare = spreadOf(rounds.bare.map(({ perSecond }) => perSecond)).median;
  for (const kind of KINDS) {
    const speed = spreadOf(rounds[kind].map(({ perSecond }) => perSecond));
    const perCpu = spreadOf(rounds[kind].map(({ perCpuSecond }) => perCpuSecond));
    say(`${kind.padEnd(20)}${spreadText(speed)}   ${spreadText(perCpu)}   ${(speed.median / bare).toFixed(2)}`);
  }
  const wrong = KINDS.flatMap((kind) => rounds[kind]).reduce((sum, { wrong }) => sum + wrong, 0);
  say(
    `${CONNECTIONS} connections with one request outstanding each, HTTP by hand over net sockets; ${wrong} answers were not 200`,
  );
}

function figuresOf(rounds: Rounds): Readonly<Record<string, unknown>> {
  const ratio = (kind: Kind, value: (round: Round) => number) =>
    spreadOf(rounds[kind].map((round, index) => value(round) / value(rounds.bare[index] as Round)));
  const speeds = KINDS.map((kind) => [kind, spreadOf(rounds[kind].map(({ perSecond }) => perSecond))]);
  return {
    ...(Object.fromEntries(speeds) as Record<Kind, unknown>),
    ratioToBare: { cached: ratio('cached', (r) => r.perSecond), uncached: ratio('uncached', (r) => r.perSecond) },
    ratioToBarePerCpuSecond: {
      cached: ratio('cached', (r) => r.perCpuSecond),
      uncached: ratio('uncached', (r) => r.perCpuSecond),
    },
    generatorBusy: spreadOf(KINDS.flatMap((kind) => rounds[kind].map(({ generatorBusy }) => generatorBusy))),
    not200: KINDS.flatMap((kind) => rounds[kind]).reduce((sum, { wrong }) => sum + wrong, 0),
  };
}

async function showProfile(bench: PollBench): Promise<void> {
  using profiler: Profiler = await connectProfiler(bench.server);
  for (const kind of ['cached', 'uncached'] as const) {
    const { result, lines } = await profiler.profile(() => round(bench, kind));
    say(`\n${kind}: ${result.perSecond.toFixed(0)} polls/s under the profiler`);
    for (const line of lines) say(line);
  }
}
