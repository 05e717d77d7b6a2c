import type { Kysely } from 'kysely';
import type { Schema } from '@updraft/store';

/** What the database holds of one run's devices: read past the server's own code, so that the model judges it alone. */
export type StoredFacts = {
  readonly attempts: readonly StoredAttempt[];
  readonly assignments: readonly StoredAssignment[];
  readonly rollouts: readonly StoredRollout[];
  readonly phases: readonly StoredPhase[];
  readonly counts: readonly StoredCount[];
};
export type StoredAttempt = Awaited<ReturnType<typeof attemptsOf>>[number];
export type StoredAssignment = Awaited<ReturnType<typeof assignmentsOf>>[number];
export type StoredRollout = Awaited<ReturnType<typeof rolloutsOf>>[number];
export type StoredPhase = Awaited<ReturnType<typeof phasesOf>>[number];
export type StoredCount = { readonly rollout: number; readonly phase: number; readonly state: string; readonly n: number };

export async function storedFacts(
  db: Kysely<Schema>,
  { devices, rollouts }: { readonly devices: readonly string[]; readonly rollouts: readonly number[] },
): Promise<StoredFacts> {
  const ids = [0, ...rollouts];
  return {
    attempts: await attemptsOf(db, devices),
    assignments: await assignmentsOf(db, devices),
    rollouts: await rolloutsOf(db, ids),
    phases: await phasesOf(db, ids),
    counts: await countsOf(db, ids),
  };
}

function attemptsOf(db: Kysely<Schema>, devices: readonly string[]) {
  return db
    .selectFrom('attempt as t')
    .innerJoin('device as d', 'd.id', 't.device')
    .innerJoin('assignment as a', 'a.id', 't.assignment')
    .select(['t.id', 't.number', 't.state', 't.offered_at', 't.begun_at', 't.ended_at', 't.assignment'])
    .select(['t.cancel_refused_at', 't.canceled_from', 'd.name as device', 'a.rollout', 'a.phase', 'a.number as assignment_number'])
    .where('d.name', 'in', devices)
    .execute();
}

function assignmentsOf(db: Kysely<Schema>, devices: readonly string[]) {
  return db
    .selectFrom('assignment as a')
    .innerJoin('device as d', 'd.id', 'a.device')
    .select(['a.id', 'a.number', 'a.state', 'a.reason', 'a.rollout', 'a.phase', 'a.ended_at', 'd.name as device'])
    .where('d.name', 'in', devices)
    .execute();
}

function rolloutsOf(db: Kysely<Schema>, ids: readonly number[]) {
  return db.selectFrom('rollout').select(['id', 'state', 'reason']).where('id', 'in', ids).execute();
}

function phasesOf(db: Kysely<Schema>, ids: readonly number[]) {
  return db.selectFrom('phase').select(['rollout', 'number', 'state', 'total']).where('rollout', 'in', ids).execute();
}

async function countsOf(db: Kysely<Schema>, ids: readonly number[]): Promise<readonly StoredCount[]> {
  const folded = await db.selectFrom('counter').selectAll().where('rollout', 'in', ids).execute();
  const waiting = await db.selectFrom('counter_delta').selectAll().where('rollout', 'in', ids).execute();
  const sums = new Map<string, StoredCount>();
  for (const { rollout, phase, state, n } of [...folded, ...waiting]) {
    const key = `${rollout} ${phase} ${state}`;
    sums.set(key, { rollout, phase, state, n: n + (sums.get(key)?.n ?? 0) });
  }
  return [...sums.values()].filter(({ n }) => n !== 0);
}
