import type { Dialect, Schema } from '@updraft/store';
import { CompiledQuery, type Kysely } from 'kysely';

/** What the database holds of one run's rollouts: read past the server's own code, so that the model judges it alone. */
export type StoredFacts = {
  readonly wishes: readonly StoredWish[];
  readonly tries: readonly StoredTry[];
  readonly rollouts: readonly StoredRollout[];
  readonly phases: readonly StoredPhase[];
  /** Folded ones. */
  readonly counts: readonly {
    readonly rollout: number;
    readonly phase: number;
    readonly state: string;
    readonly n: number;
  }[];
  /** Of whole rollouts (''), and of their sites. */
  readonly paces: readonly { readonly rollout: number; readonly site: string; readonly in_flight: number }[];
  /** What devices run, of the whole run. */
  readonly devices: readonly { readonly id: number; readonly running: string | null }[];
};

/** What is one run's: its rollouts and its devices are the newest. */
export type Own = { readonly rollout: number; readonly device: number; readonly dialect: Dialect };

type StoredRollout = {
  readonly id: number;
  readonly uid: string;
  readonly state: string;
  readonly reason: string | null;
  readonly parent: number | null;
  readonly relation: string | null;
  /** Uid. */
  readonly release: string;
  /** When it is looked for who is to join; null: nobody joins. */
  readonly join_at: number | null;
};

export type StoredWish = {
  readonly id: number;
  readonly number: number;
  readonly state: string;
  readonly reason: string | null;
  readonly rollout: number;
  readonly phase: number;
  readonly device: number;
  readonly erred: number;
  readonly ended_at: number | null;
};

export type StoredTry = {
  readonly id: number;
  readonly assignment: number;
  readonly device: number;
  readonly number: number;
  readonly state: string;
  readonly offered_at: number | null;
  readonly install_offered_at: number | null;
  readonly begun_at: number | null;
  readonly ended_at: number | null;
  readonly pace_held: number;
};

type StoredPhase = {
  readonly rollout: number;
  readonly number: number;
  readonly state: string;
  readonly total: number;
  readonly erred: number;
  readonly crossed_at: number | null;
};

type Rows<K extends keyof StoredFacts> = StoredFacts[K] extends readonly (infer Row)[] ? Row : never;

export async function storedFacts(db: Kysely<Schema>, own: Own): Promise<StoredFacts> {
  const of = <K extends keyof typeof STATEMENTS>(what: K) => rows<Rows<K>>(db, STATEMENTS[what], own);
  return {
    wishes: await of('wishes'),
    tries: await of('tries'),
    rollouts: await of('rollouts'),
    phases: await of('phases'),
    counts: await of('counts'),
    paces: await of('paces'),
    devices: await of('devices'),
  };
}

/** `$` stands for the first of the run's rollouts, or of its devices. Not put together by the query builder: they are asked at each step. */
const STATEMENTS = {
  wishes: statement(
    'select id, number, state, reason, rollout, phase, device, erred, ended_at from assignment where rollout >= $',
  ),
  tries: statement(
    `select t.id, t.assignment, t.device, t.number, t.state, t.offered_at, t.install_offered_at, t.begun_at, t.ended_at, t.pace_held
    from assignment as a join attempt as t on t.assignment = a.id where a.rollout >= $`,
  ),
  rollouts: statement(
    `select o.id, o.uid, o.state, o.reason, o.parent, o.relation, o.join_at, l.uid as release
    from rollout as o join release as l on l.id = o.release where o.id >= $`,
  ),
  phases: statement('select rollout, number, state, total, erred, crossed_at from phase where rollout >= $'),
  counts: statement('select rollout, phase, state, n from counter where n <> 0 and rollout >= $'),
  paces: statement('select rollout, site, in_flight from pace where in_flight <> 0 and rollout >= $'),
  devices: statement(
    'select d.id, r.uid as running from device as d left join release as r on r.id = d.running_release_id where d.id >= $',
    'device',
  ),
};

/** Uids of rollouts of a run that go on by themselves: those that wait for a start, or for devices to come. */
export async function unendedRollouts(db: Kysely<Schema>, { rollout }: Own): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('rollout')
    .select('uid')
    .where('id', '>=', rollout)
    .where('state', 'not in', ['stopping', 'stopped', 'finished'])
    .execute();
  return rows.map(({ uid }) => uid);
}

/** As long as it is the same, nothing was written; null: nobody knows. SQLite's moves with each commit of another connection. */
export async function versionOf(db: Kysely<Schema>, { dialect }: Own): Promise<number | null> {
  if (dialect !== 'sqlite') return null;
  const { rows: versions } = await db.executeQuery<{ data_version: number }>(DATA_VERSION);
  return versions[0]?.data_version ?? null;
}

/** Whether all events have their place in the order in which they are read. */
export async function isNumbered(db: Kysely<Schema>, { dialect }: Own): Promise<boolean> {
  if (dialect === 'sqlite') return true;
  const { rows: waiting } = await db.executeQuery(WAITING_EVENTS);
  return waiting.length === 0;
}

const WAITING_EVENTS = CompiledQuery.raw('select id from event where position is null limit 1');
const DATA_VERSION = CompiledQuery.raw('pragma data_version');

type Statement = { readonly [D in Dialect]: string } & { readonly first: 'rollout' | 'device' };

function statement(text: string, first: Statement['first'] = 'rollout'): Statement {
  return { sqlite: text.replace('$', '?'), postgres: text.replace('$', '$$1'), first };
}

async function rows<T>(db: Kysely<Schema>, asked: Statement, own: Own): Promise<readonly T[]> {
  return (await db.executeQuery<T>(CompiledQuery.raw(asked[own.dialect], [own[asked.first]]))).rows;
}
