import path from 'node:path';
import { parseArgs } from 'node:util';
import { temporaryFolder } from '@updraft/fleet';
import { ownClusterOrSkip, type PostgresCluster } from '../packages/store/test/postgres-cluster.ts';
import { checkChanges } from './load/changes.ts';
import { syncsPerSecond } from './load/disk-sync.ts';
import { say, sayFigures } from './load/figures.ts';
import { connectProfiler, type Profiler } from './load/profile.ts';
import { FOLDER_PREFIX, setScene, type Scene } from './load/scene.ts';
import { portOf } from './load/seed.ts';
import { startBareServer } from './load/start-bare-server.ts';
import { figuresOf, show } from './polls-figures.ts';
import { setFleet, type PolledFleet } from './polls-fixture.ts';
import { inTurns, KINDS, kindsOf, roundOf, type Kind, type PollBench, type Rounds } from './polls-rounds.ts';

export const summary =
  'polls, descriptions and durable feedback a second beside a bare node:http [--devices 10000] [--rounds 5] [--databases sqlite,postgres] [--profile] [--kinds uncached,report]';

type Options = {
  readonly devices: number;
  readonly rounds: number;
  readonly profile: boolean;
  readonly kinds: readonly Kind[];
};

/**
 * A real server process (target tokens) and bare node:http servers that answer the same number of bytes, in turns. Polls
 * of devices with and without an open assignment: round and round while nothing changes, the same with their ETag, and each
 * once after a change that concerns every answer; descriptions of updates; and reports, whose answers mean that they are on disk.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      devices: { type: 'string', default: '10000' },
      rounds: { type: 'string', default: '5' },
      databases: { type: 'string', default: 'sqlite,postgres' },
      profile: { type: 'boolean', default: false },
      kinds: { type: 'string', default: '' },
    },
  });
  const { profile, kinds } = values;
  const options = {
    devices: Number(values.devices),
    rounds: Number(values.rounds),
    profile,
    kinds: kindsOf(kinds.split(',')),
  };
  const databases = values.databases.split(',');
  await using cluster = databases.includes('postgres')
    ? await ownClusterOrSkip({ skip: say }, 'as-installed')
    : undefined;
  const measured: Record<string, unknown> = {};
  for (const database of databases)
    if (database !== 'postgres' || cluster !== undefined)
      measured[database] = await measure(database, options, database === 'postgres' ? cluster : undefined);
  if (!profile) sayFigures({ bench: 'polls', devices: options.devices, ...measured });
}

async function measure(database: string, options: Options, cluster: PostgresCluster | undefined): Promise<unknown> {
  await using scene = await setScene({
    ...(options.profile ? { nodeFlags: ['--inspect=127.0.0.1:0'] } : {}),
    ...(cluster === undefined ? {} : { databaseUrl: await cluster.createDatabase() }),
  });
  const fleet = await setFleet(scene, options.devices);
  say(`${database}: ${fleet.devices.length} devices added through the API in ${fleet.seedSeconds.toFixed(1)} s`);
  await using bares = await startBares(scene, fleet);
  const bench = { server: scene.server, generator: scene.generator, fleet, bares, kinds: options.kinds };
  // Awaited here: the scene is taken down on return.
  if (options.profile) return await showProfile(bench);
  for (const kind of bench.kinds) await roundOf(bench, kind);
  const { rounds, syncs } = await measureRounds(bench, options.rounds);
  const changes = await checkChanges(scene.server, fleet.devices);
  const shown = { database, rounds, syncs };
  show(shown);
  say(`${changes.wrong} of ${changes.answers} answers were wrong in the moment after a change`);
  return { ...figuresOf(shown), changes };
}

async function startBares({ server }: Scene, fleet: PolledFleet) {
  const stack = new AsyncDisposableStack();
  const start = async (requests: readonly Buffer[]) =>
    stack.use(await startBareServer(portOf(server), requests[0] as Buffer));
  return {
    bare: await start(fleet.idlePolls),
    bareDescription: await start(fleet.descriptions),
    bareReport: await start(fleet.reports),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** The disk is asked between the rounds, on the same file system. */
async function measureRounds(
  bench: PollBench,
  count: number,
): Promise<{ readonly rounds: Rounds; readonly syncs: readonly number[] }> {
  await using folder = await temporaryFolder(FOLDER_PREFIX);
  const file = path.join(folder.path, 'file');
  const syncs = [syncsPerSecond(file)];
  const rounds = await inTurns(bench, count);
  for (let index = 1; index < count; index++) syncs.push(syncsPerSecond(file));
  return { rounds, syncs };
}

async function showProfile(bench: PollBench): Promise<void> {
  using profiler: Profiler = await connectProfiler(bench.server);
  for (const kind of bench.kinds.filter((name) => KINDS[name].how !== 'bare')) {
    await roundOf(bench, kind);
    const { result, lines } = await profiler.profile(() => roundOf(bench, kind));
    const { title } = KINDS[kind];
    say(`\n${title.trim()} (${kind}): ${result.perSecond.toFixed(0)} a second under the profiler`);
    for (const line of lines) say(line);
  }
}
