import { nextDue, type AssignmentAggregate, type Attempt } from '@updraft/core';
import type { Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { Schema } from '../schema.ts';
import type { StoredAssignment } from './assignment-repository.ts';

/**
 * Writes the attempt that `decide` made: a row is born, or changed. Tells its id. A first attempt bears the assignment's
 * own wire id.
 */
export async function saveAttempt(
  context: CommandContext,
  stored: StoredAssignment,
  after: AssignmentAggregate,
): Promise<number | null> {
  const { attempt } = after;
  if (attempt === null) return null;
  const columns = columnsOf(attempt, nextDue(after, attempt)?.at ?? null);
  if (stored.attemptId === null) {
    const born = await context.db
      .insertInto('attempt')
      .values({
        ...columns,
        tenant: stored.tenant,
        assignment: stored.id,
        device: stored.device,
        number: stored.number,
        ordinal: 1,
        consent: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return born.id;
  }
  await context.db
    .updateTable('attempt')
    .set((eb) => ({ ...columns, revision: eb('revision', '+', 1) }))
    .where('id', '=', stored.attemptId)
    .execute();
  return stored.attemptId;
}

function columnsOf(attempt: Attempt, nextAt: number | null) {
  return {
    state: attempt.state,
    state_at: attempt.stateAt,
    canceled_from: attempt.canceledFrom,
    evidence: attempt.evidence.join(','),
    offered_at: attempt.offeredAt,
    install_offered_at: attempt.installOfferedAt,
    begun_at: attempt.begunAt,
    cancel_refused_at: attempt.cancelRefusedAt,
    heard_at: attempt.heardAt,
    next_at: attempt.endedAt === null ? nextAt : null,
    ended_at: attempt.endedAt,
    reason: attempt.reason,
  };
}

/** Says when an attempt is looked at again, where a limit that fell due had not passed after all. */
export async function postponeAttempt(context: CommandContext, id: number, nextAt: number | null): Promise<void> {
  await context.db.updateTable('attempt').set({ next_at: nextAt }).where('id', '=', id).execute();
}

export type DueAttempt = {
  readonly id: number;
  readonly tenant: number;
  readonly assignment: number;
  readonly device: number;
};

/** Attempts whose time has come, the oldest first. */
export async function dueAttempts(db: Kysely<Schema>, now: number, limit: number): Promise<readonly DueAttempt[]> {
  return db
    .selectFrom('attempt')
    .select(['id', 'tenant', 'assignment', 'device'])
    .where('next_at', '<=', now)
    .orderBy('next_at')
    .limit(limit)
    .execute();
}

/** Whether another attempt of the device was offered after `offeredAt`. */
export async function wasOfferedSince(
  db: Kysely<Schema>,
  device: number,
  than: { readonly assignment: number; readonly offeredAt: number },
): Promise<boolean> {
  const row = await db
    .selectFrom('assignment as a')
    .innerJoin('attempt as t', 't.id', 'a.attempt_id')
    .select('t.id')
    .where('a.device', '=', device)
    .where('a.id', '!=', than.assignment)
    .where('t.offered_at', '>', than.offeredAt)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
