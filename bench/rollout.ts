import { parseArgs } from 'node:util';
import { temporaryFolder } from '@updraft/fleet';
import { work } from '../packages/server/src/jobs/job-runner.ts';
import { ownClusterOrSkip, type PostgresCluster } from '../packages/store/test/postgres-cluster.ts';
import { openStoreOf, type Place, runBeside } from './load/beside-server.ts';
import { say, sayFigures, spreadOf } from './load/figures.ts';
import { FOLDER_PREFIX, setScene } from './load/scene.ts';
import { apiOf, publishSmallRelease } from './load/seed.ts';
import { fleetLoad, restingRollouts } from './rollout-fixture.ts';
import { type Acts, actOn, type Creation, createRollout, createUnderLoad, measureFilters } from './rollout-life.ts';
import { type ComparedCpu, measurePollCpu, type OpenLoop, pollOpenLoop, POLLS_PER_SECOND } from './rollout-polls.ts';

export const summary =
  'rollouts of 1 k, 100 k and 1 M devices on SQLite and PostgreSQL [--devices 1000,100000] [--databases sqlite] [--seconds 8]';

const RESTING_ROLLOUTS = 1000;
const TICKS = 20;
/** What an uncached poll is compared with. */
const REFERENCE_DEVICES = 1000;
const GOALS = { creationSeconds: 60, actMs: 50, tickMs: 5, memoryMib: 300, pollCpuRatio: 1.25, filterMs: 300 } as const;

type Figures = {
  readonly devices: number;
  readonly database: string;
  readonly fixtureSeconds: number;
  readonly pollCpu: { readonly free: ComparedCpu; readonly held: ComparedCpu };
  readonly idle: OpenLoop;
  readonly alone: Creation;
  readonly loaded: OpenLoop;
  readonly loadedCreation: Creation;
  readonly acts: Acts;
  readonly filters: Readonly<Record<string, number>>;
  readonly tickMs: number;
};

/** Fills a server's database with set statements, and measures a rollout's life over the whole fleet in it. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      devices: { type: 'string', default: '1000,100000,1000000' },
      databases: { type: 'string', default: 'sqlite,postgres' },
      seconds: { type: 'string', default: '8' },
    },
  });
  const databases = values.databases.split(',');
  await using cluster = databases.includes('postgres')
    ? await ownClusterOrSkip({ skip: say }, 'as-installed')
    : undefined;
  const measured: Figures[] = [];
  for (const devices of values.devices.split(',').map(Number))
    for (const database of databases) {
      if (database === 'postgres' && cluster === undefined) continue;
      measured.push(await measure({ database, devices, seconds: Number(values.seconds) }, cluster));
      show(measured);
    }
  sayFigures({ bench: 'rollout', goals: GOALS, pollsPerSecond: POLLS_PER_SECOND, fleets: measured });
}

type Fleet = { readonly database: string; readonly devices: number; readonly seconds: number };

async function measure(fleet: Fleet, cluster: PostgresCluster | undefined): Promise<Figures> {
  const { database, devices } = fleet;
  await using stack = new AsyncDisposableStack();
  const placeOf = async (): Promise<Place> => {
    const url = database === 'postgres' ? await cluster?.createDatabase() : undefined;
    const { path: folder } = stack.use(await temporaryFolder(FOLDER_PREFIX));
    return url === undefined ? { folder } : { folder, databaseUrl: url };
  };
  const place = await placeOf();
  const life = await liveOn({ fleet, place, referencePlace: await placeOf() });
  await runBeside(place, restingRollouts(RESTING_ROLLOUTS, Date.now()));
  return { devices, database, ...life, tickMs: await measureTick(place) };
}

type Lived = { readonly fleet: Fleet; readonly place: Place; readonly referencePlace: Place };

async function liveOn({ fleet: { devices, seconds }, place, referencePlace }: Lived) {
  await using measured = await sceneOf(place, devices);
  await using reference = await sceneOf(referencePlace, REFERENCE_DEVICES);
  const { scene, release, fixtureSeconds } = measured;
  const api = apiOf(scene.server);
  const free = await measurePollCpu(measured, reference);
  const idle = await pollOpenLoop(scene, { devices, seconds, turn: 1 });
  const { id, creation: alone } = await createRollout(scene, release, 'alone');
  await createRollout(reference.scene, reference.release, 'alone');
  const held = await measurePollCpu(measured, reference);
  const filters = await measureFilters(api);
  const acts = await actOn(api, id);
  const under = { release, devices, seconds: Math.max(seconds, alone.seconds) };
  const { polls: loaded, creations } = await createUnderLoad(scene, under);
  const loadedCreation = creations.reduce((longest, one) => (one.seconds > longest.seconds ? one : longest));
  return { fixtureSeconds, pollCpu: { free, held }, idle, alone, filters, acts, loaded, loadedCreation };
}

/** A server with a release, and a fleet that has asked. */
async function sceneOf(place: Place, devices: number) {
  await using stack = new AsyncDisposableStack();
  const scene = stack.use(await setScene(place));
  const release = await publishSmallRelease(apiOf(scene.server), '1.0.0');
  const startedAt = performance.now();
  await runBeside(place, fleetLoad(devices, Date.now()));
  const fixtureSeconds = (performance.now() - startedAt) / 1000;
  await pollOpenLoop(scene, { devices, seconds: 2, turn: 0 });
  const kept = stack.move();
  return { scene, devices, release, fixtureSeconds, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** What the server's job does each second, with nothing due. */
async function measureTick(place: Place): Promise<number> {
  await using store = await openStoreOf(place);
  const times: number[] = [];
  // What the end of the server has cut is done first.
  while (await work(store, new AbortController().signal));
  for (let tick = 0; tick < TICKS; tick += 1) {
    const startedAt = performance.now();
    await work(store, new AbortController().signal);
    times.push(performance.now() - startedAt);
  }
  return spreadOf(times).median;
}

type Line = readonly [title: string, goal: string, value: (figures: Figures) => number];

const ms = (name: keyof Acts, title: string): Line => [title, `≤ ${GOALS.actMs}`, ({ acts }) => acts[name]];

const pollLines = (title: string, which: keyof Figures['pollCpu'], goal: string): readonly Line[] => [
  [`${title}, server µs`, '', ({ pollCpu }) => pollCpu[which].fleet.server],
  ['   of that the doors', '', ({ pollCpu }) => pollCpu[which].fleet.doors],
  ['   PostgreSQL µs', '', ({ pollCpu }) => pollCpu[which].fleet.postgres],
  [
    `   times that of ${REFERENCE_DEVICES}`,
    goal,
    ({ pollCpu }) => pollCpu[which].fleet.server / pollCpu[which].reference.server,
  ],
];

const LINES: readonly Line[] = [
  ['creation, s', `≤ ${GOALS.creationSeconds}`, ({ alone }) => alone.seconds],
  ['creation beside polls, s', '', ({ loadedCreation }) => loadedCreation.seconds],
  ['counts seen meanwhile', '', ({ alone }) => alone.progressSeen],
  [
    'memory meanwhile, MiB',
    `≤ ${GOALS.memoryMib}`,
    ({ alone, loadedCreation }) => Math.max(alone.peakMib, loadedCreation.peakMib),
  ],
  ms('startMs', 'start, ms'),
  ms('startPhaseMs', 'start of a phase, ms'),
  ms('pauseMs', 'pause, ms'),
  ms('resumeMs', 'resume, ms'),
  ms('stopMs', 'stop, ms'),
  ['leftovers closed, s', '', ({ acts }) => acts.leftoversSeconds],
  [`tick, ${RESTING_ROLLOUTS} rollouts, ms`, `≤ ${GOALS.tickMs}`, ({ tickMs }) => tickMs],
  ['filters, slowest page, ms', `≤ ${GOALS.filterMs}`, ({ filters }) => Math.max(...Object.values(filters))],
  ['polls idle, p50 ms', '', ({ idle }) => idle.p50Ms],
  ['polls idle, p99 ms', '', ({ idle }) => idle.p99Ms],
  ['polls beside creation, p50 ms', '', ({ loaded }) => loaded.p50Ms],
  ['polls beside creation, p99 ms', '', ({ loaded }) => loaded.p99Ms],
  ['   goal: max(3 × idle, 20)', '', ({ idle }) => Math.max(3 * idle.p99Ms, 20)],
  ['   sent late by p99, ms', '', ({ loaded }) => loaded.lateP99Ms],
  ['   not answered with 200', '0', ({ idle, loaded }) => idle.not200 + loaded.not200],
  ...pollLines('uncached poll', 'free', `≤ ${GOALS.pollCpuRatio}`),
  ...pollLines('   held back', 'held', ''),
];

function show(measured: readonly Figures[]): void {
  const titles = measured.map(({ devices, database }) => `${devices} ${database}`.padStart(18)).join('');
  say(`\n${''.padEnd(32)}${'goal'.padStart(8)}${titles}`);
  for (const [title, goal, value] of LINES) {
    const values = measured.map(value);
    const cells = values.map((figure) => String(Number(figure.toPrecision(4))).padStart(18)).join('');
    say(`${title.padEnd(32)}${goal.padStart(8)}${cells}`);
  }
}
