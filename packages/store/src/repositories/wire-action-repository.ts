import type { AssignmentState, AttemptState, RolloutPolicy } from '@updraft/core';
import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import { findByWireId, policyOf } from './assignment-repository.ts';

/** What a wire id stands for, ended or not. */
export type WireAction = {
  /** Of the attempt that bears it; null where none is born. */
  readonly attemptId: number | null;
  readonly attempt: AttemptState | null;
  readonly assignment: AssignmentState;
  readonly release: number;
  readonly policy: RolloutPolicy;
};

export type WireId = { readonly tenant: number; readonly device: number; readonly number: number };

/** What the device was once given under the wire id; null where that is not its own. */
export async function findWireAction(db: Kysely<Schema>, id: WireId): Promise<WireAction | null> {
  const owner = await findByWireId(db, id.tenant, id.number);
  if (owner?.device !== id.device) return null;
  const row = await db
    .selectFrom('assignment as a')
    .innerJoin('rollout as r', 'r.id', 'a.rollout')
    .leftJoin('attempt as t', (on) => on.onRef('t.assignment', '=', 'a.id').on('t.number', '=', id.number))
    .select(['t.id as attempt_id', 't.state as attempt_state', 'a.state', 'r.release', 'r.policy'])
    .where('a.id', '=', owner.id)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { attempt_id: attemptId, attempt_state: attempt, state: assignment, release } = row;
  return { attemptId, attempt, assignment, release, policy: policyOf(row.policy) };
}
