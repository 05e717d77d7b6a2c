import { countedState, type AssignmentState, type AttemptState } from '@updraft/core';
import { sql, type Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import { compiledOnce } from '../database/compiled-once.ts';
import type { Schema } from '../schema.ts';
import type { RolloutRow } from './rollout-repository.ts';

export type CountedState = AssignmentState | AttemptState;
export type Count = {
  readonly rollout: number;
  readonly phase: number;
  readonly state: CountedState;
  readonly n: number;
};

/** Notes that `n` members of a phase entered (or, below zero, left) a state: a row of its own, so that none is hot. */
export async function addToCount(context: CommandContext, counts: readonly Count[]): Promise<void> {
  const rows = counts.filter(({ n }) => n !== 0);
  if (rows.length > 0)
    await context.db
      .insertInto('counter_delta')
      .values([...rows])
      .execute();
}

/** A member of a phase that goes from one counted state to another. */
export type CountMove = {
  readonly rollout: number;
  readonly phase: number;
  readonly from: CountedState;
  readonly to: CountedState;
};

/** As {@link addToCount}, of one member that leaves a state for another. */
export async function moveCount(context: CommandContext, move: CountMove): Promise<void> {
  await writeMove(context.db, move);
}

const writeMove = compiledOnce((db, { rollout, phase, from, to }: CountMove) =>
  db.insertInto('counter_delta').values([
    { rollout, phase, state: from, n: -1 },
    { rollout, phase, state: to, n: 1 },
  ]),
);

/** Members of rollouts by phase and counted state: what was folded and what was not yet. */
export async function countsOf(db: Kysely<Schema>, rollouts: readonly number[]): Promise<readonly Count[]> {
  if (rollouts.length === 0) return [];
  const rows = await db
    .selectFrom(
      db
        .selectFrom('counter')
        .select(['rollout', 'phase', 'state', 'n'])
        .where('rollout', 'in', rollouts)
        .unionAll(
          db.selectFrom('counter_delta').select(['rollout', 'phase', 'state', 'n']).where('rollout', 'in', rollouts),
        )
        .as('c'),
    )
    .select(['rollout', 'phase', 'state', sql<number>`sum(n)`.as('n')])
    .groupBy(['rollout', 'phase', 'state'])
    .execute();
  return rows.filter(({ n }) => n !== 0) as readonly Count[];
}

/** What a full look at the members of a rollout finds: for whoever doubts the counters. */
export async function fullCountsOf(
  db: Kysely<Schema>,
  rollout: number,
): Promise<readonly (Count & { readonly erred: number })[]> {
  const rows = await db
    .selectFrom('assignment as a')
    .leftJoin('attempt as t', 't.id', 'a.attempt_id')
    .where('a.rollout', '=', rollout)
    .groupBy(['a.phase', 'a.state', 't.state'])
    .select(['a.phase', 'a.state', 't.state as attempt_state'])
    .select([sql<number>`count(*)`.as('n'), sql<number>`sum(a.erred)`.as('erred')])
    .execute();
  return rows.map(({ phase, state, attempt_state: attempt, n, erred }) => ({
    rollout,
    phase,
    state: countedState(state, attempt),
    n,
    erred,
  }));
}

/** Whose deltas were folded; `isFull`: there may be more. */
export type Folded = {
  readonly rollouts: readonly RolloutRow[];
  readonly isFull: boolean;
};

/**
 * Folds the oldest `limit` deltas into the counters. What was taken is gone in the same statement, so that a server whose
 * lease has passed to another folds none a second time.
 */
export async function foldCounts(context: CommandContext, limit: number): Promise<Folded> {
  const taken = await takeDeltas(context, limit);
  if (taken.length === 0) return { rollouts: [], isFull: false };
  const sums = new Map<string, Count>();
  for (const { rollout, phase, state, n } of taken) {
    const key = `${rollout} ${phase} ${state}`;
    sums.set(key, { rollout, phase, state: state as CountedState, n: (sums.get(key)?.n ?? 0) + n });
  }
  const inOrder = [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1));
  for (const [, sum] of inOrder) await addToCounter(context, sum);
  const ids = [...new Set(taken.map(({ rollout }) => rollout))];
  const rollouts = await context.db.selectFrom('rollout').selectAll().where('id', 'in', ids).execute();
  return { rollouts, isFull: taken.length === limit };
}

/** Those that another transaction is taking are left to it. */
async function takeDeltas({ db, dialect }: CommandContext, limit: number) {
  const oldest = db.selectFrom('counter_delta').select('id').orderBy('id').limit(limit);
  return db
    .deleteFrom('counter_delta')
    .where('id', 'in', dialect === 'postgres' ? oldest.forUpdate().skipLocked() : oldest)
    .returning(['rollout', 'phase', 'state', 'n'])
    .execute();
}

async function addToCounter({ db }: CommandContext, sum: Count): Promise<void> {
  await writeSum(db, sum);
}

const writeSum = compiledOnce((db, { rollout, phase, state, n }: Count) =>
  db
    .insertInto('counter')
    .values({ rollout, phase, state, n })
    .onConflict((conflict) =>
      conflict.columns(['rollout', 'phase', 'state']).doUpdateSet({ n: sql<number>`counter.n + excluded.n` }),
    ),
);
