import type { ServerProcess } from '@updraft/fleet';
import type { JobResult } from './load/jobs.ts';
import { cpuSeconds, postgresCpuSeconds } from './load/process-figures.ts';
import type { Generator } from './load/scene.ts';
import { apiOf, portOf } from './load/seed.ts';
import type { BareServer } from './load/start-bare-server.ts';
import { type PolledFleet, withEtags } from './polls-fixture.ts';

export const CONNECTIONS = 64;
const ROUND_SECONDS = 2;

type Fleets = 'idlePolls' | 'assignedPolls' | 'descriptions' | 'reports';
export type Bares = 'bare' | 'bareDescription' | 'bareReport';

/** What is measured: whose requests, how often each, against which bare server, and what is asked of the ratio to it. */
type Measured = {
  readonly title: string;
  readonly requests: Fleets;
  readonly bare: Bares;
  /** `bare`: of the bare server itself; `fresh`: each once after a change that concerns every answer; `known`: with the ETag. */
  readonly how: 'bare' | 'again' | 'fresh' | 'known';
  readonly connections?: number;
  readonly goal?: number;
};

// prettier-ignore
export const KINDS = {
  bare:                { title: 'bare node:http, same bytes',       requests: 'idlePolls',     bare: 'bare',            how: 'bare' },
  cached:              { title: 'poll, cached',                     requests: 'idlePolls',     bare: 'bare',            how: 'again', goal: 0.6 },
  notModified:         { title: '   with its ETag: 304',            requests: 'idlePolls',     bare: 'bare',            how: 'known', goal: 0.6 },
  uncached:            { title: '   uncached',                      requests: 'idlePolls',     bare: 'bare',            how: 'fresh', goal: 0.45 },
  assignedCached:      { title: 'open assignment, cached',          requests: 'assignedPolls', bare: 'bare',            how: 'again', goal: 0.6 },
  assignedNotModified: { title: '   with its ETag: 304',            requests: 'assignedPolls', bare: 'bare',            how: 'known', goal: 0.6 },
  assignedUncached:    { title: '   uncached',                      requests: 'assignedPolls', bare: 'bare',            how: 'fresh', goal: 0.45 },
  bareDescription:     { title: 'bare node:http, same bytes',       requests: 'descriptions',  bare: 'bareDescription', how: 'bare' },
  description:         { title: 'GET deploymentBase',               requests: 'descriptions',  bare: 'bareDescription', how: 'again', goal: 0.4 },
  bareReport:          { title: 'bare node:http, POST, empty 200',  requests: 'reports',       bare: 'bareReport',      how: 'bare' },
  reportOne:           { title: 'feedback, 1 connection',           requests: 'reports',       bare: 'bareReport',      how: 'again', connections: 1 },
  report:              { title: `feedback, ${CONNECTIONS} connections`, requests: 'reports',   bare: 'bareReport',      how: 'again' },
} as const satisfies Readonly<Record<string, Measured>>;

export type Kind = keyof typeof KINDS;

/** The kinds of these names, with the bare servers that they are compared with; none: all. */
export function kindsOf(names: readonly string[]): readonly Kind[] {
  const all = Object.keys(KINDS) as readonly Kind[];
  const chosen = all.filter((kind) => names.includes(kind));
  const bares = new Set<string>(chosen.map((kind) => KINDS[kind].bare));
  return chosen.length === 0 ? all : all.filter((kind) => chosen.includes(kind) || bares.has(kind));
}

export type Round = {
  readonly perSecond: number;
  readonly perCpuSecond: number;
  /** Of PostgreSQL for each answer; 0 on SQLite. */
  readonly postgresMicroseconds: number;
  readonly p99Ms: number;
  readonly wrong: number;
  readonly generatorBusy: number;
};
/** Of the kinds that were measured. */
export type Rounds = ReadonlyMap<Kind, readonly Round[]>;

export type PollBench = {
  readonly server: ServerProcess;
  readonly bares: Readonly<Record<Bares, BareServer>>;
  readonly generator: Generator;
  readonly fleet: PolledFleet;
  readonly kinds: readonly Kind[];
};

/** `count` rounds of every kind, in turns, so that what else the machine does falls on all alike. */
export async function inTurns(bench: PollBench, count: number): Promise<Rounds> {
  const rounds = new Map(bench.kinds.map((kind) => [kind, [] as Round[]]));
  for (let index = 0; index < count; index++)
    for (const [kind, measured] of rounds) measured.push(await roundOf(bench, kind));
  return rounds;
}

export async function roundOf({ server, bares, generator, fleet }: PollBench, kind: Kind): Promise<Round> {
  const { how, bare, requests: whose, connections = CONNECTIONS }: Measured = KINDS[kind];
  const { port, pid } = how === 'bare' ? bares[bare] : { port: portOf(server), pid: server.pid };
  const requests = how === 'known' ? await withEtags(server, fleet[whose]) : fleet[whose];
  const job = { port, connections, requests };
  if (how === 'fresh') await changeEveryAnswer(server);
  if (how === 'again' && whose.endsWith('Polls')) await generator.perform({ ...job, kind: 'once-each' });
  const before = [cpuSeconds(pid), postgresCpuSeconds()] as const;
  const result = await generator.perform(
    how === 'fresh' ? { ...job, kind: 'once-each' } : { ...job, kind: 'for-seconds', seconds: ROUND_SECONDS },
  );
  const cpu = { server: cpuSeconds(pid) - before[0], postgres: postgresCpuSeconds() - before[1] };
  return figuresOf(result, cpu, how === 'known' ? '304' : '200');
}

type Cpu = { readonly server: number; readonly postgres: number };

function figuresOf({ answers, seconds, statuses, ...result }: JobResult, cpu: Cpu, status: string): Round {
  return {
    perSecond: answers / seconds,
    perCpuSecond: answers / cpu.server,
    postgresMicroseconds: (cpu.postgres / answers) * 1e6,
    p99Ms: result.latency.p99Ms,
    wrong: answers - (statuses[status] ?? 0),
    generatorBusy: result.cpuSeconds / seconds,
  };
}

/** The poll interval stands in every answer, so no answer that was made before may be given again. */
async function changeEveryAnswer(server: ServerProcess): Promise<void> {
  const api = apiOf(server);
  const { pollInterval } = await api.call('settings.show');
  await api.call('settings.change', { body: { pollInterval: pollInterval === '00:05:00' ? '00:06:00' : '00:05:00' } });
}
