import type { Dialect, Schema } from '@updraft/store';
import { CompiledQuery, type Kysely } from 'kysely';

/** What the database holds of one run's rollouts: read past the server's own code, so that the model judges it alone. */
export type StoredFacts = {
  readonly wishes: readonly StoredWish[];
  readonly tries: readonly StoredTry[];
  readonly rollouts: readonly { readonly id: number; readonly state: string; readonly reason: string | null }[];
  readonly phases: readonly StoredPhase[];
  /** Folded ones. */
  readonly counts: readonly {
    readonly rollout: number;
    readonly phase: number;
    readonly state: string;
    readonly n: number;
  }[];
  /** Of whole rollouts: their sites' rows left out. */
  readonly paces: readonly { readonly rollout: number; readonly in_flight: number }[];
  /** What devices run, of the whole run. */
  readonly devices: readonly { readonly id: number; readonly running: string | null }[];
};

/** What is one run's: its rollouts and its devices are the newest. */
export type Own = { readonly rollout: number; readonly device: number; readonly dialect: Dialect };

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

type Rows<K extends keyof StoredFacts> = StoredFacts[K][number];

export async function storedFacts(db: Kysely<Schema>, own: Own): Promise<StoredFacts> {
  const [mine, devices] = [
    { ...own, first: own.rollout },
    { ...own, first: own.device },
  ];
  return {
    wishes: await rows<Rows<'wishes'>>(
      db,
      'select id, number, state, reason, rollout, phase, device, erred, ended_at from assignment where rollout >= $',
      mine,
    ),
    tries: await rows<Rows<'tries'>>(db, TRIES, mine),
    rollouts: await rows<Rows<'rollouts'>>(db, 'select id, state, reason from rollout where id >= $', mine),
    phases: await rows<Rows<'phases'>>(
      db,
      'select rollout, number, state, total, erred, crossed_at from phase where rollout >= $',
      mine,
    ),
    counts: await rows<Rows<'counts'>>(
      db,
      'select rollout, phase, state, n from counter where n <> 0 and rollout >= $',
      mine,
    ),
    paces: await rows<Rows<'paces'>>(
      db,
      "select rollout, in_flight from pace where in_flight <> 0 and site = '' and rollout >= $",
      mine,
    ),
    devices: await rows<Rows<'devices'>>(
      db,
      'select d.id, r.uid as running from device as d left join release as r on r.id = d.running_release_id where d.id >= $',
      devices,
    ),
  };
}

const TRIES = `select t.id, t.assignment, t.device, t.number, t.state, t.offered_at, t.install_offered_at, t.begun_at, t.ended_at, t.pace_held
  from assignment as a join attempt as t on t.assignment = a.id where a.rollout >= $`;

/** Every write of these rows moves their revision. */
export async function revisionOf(db: Kysely<Schema>, own: Own): Promise<string> {
  const tables = ['rollout', 'phase', 'assignment'].map(
    (table) => `(select coalesce(sum(revision), 0) from ${table} where ${table === 'rollout' ? 'id' : 'rollout'} >= $)`,
  );
  const tries =
    '(select coalesce(sum(t.revision), 0) from assignment as a join attempt as t on t.assignment = a.id where a.rollout >= $)';
  const [all] = await rows<Record<string, number>>(
    db,
    `select ${[...tables, tries].map((one, at) => `${one} as r${at}`).join(', ')}`,
    { ...own, first: own.rollout },
  );
  return Object.values(all ?? {}).join(' ');
}

/** `$` stands for the first of them. Not put together by the query builder: it is asked at each step. */
async function rows<T>(db: Kysely<Schema>, text: string, own: Own & { readonly first: number }): Promise<readonly T[]> {
  const [begin = '', ...rest] = text.split('$');
  const place = (at: number) => (own.dialect === 'sqlite' ? '?' : `$${at + 1}`);
  const whole = rest.reduce((before, piece, at) => before + place(at) + piece, begin);
  const query = CompiledQuery.raw(
    whole,
    rest.map(() => own.first),
  );
  return (await db.executeQuery<T>(query)).rows;
}
