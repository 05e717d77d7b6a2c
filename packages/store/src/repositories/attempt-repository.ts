import { nextDue, type AssignmentAggregate, type Attempt } from '@updraft/core';
import type { Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { Schema } from '../schema.ts';
import type { StoredAssignment } from './assignment-repository.ts';
import { nextWireId } from './wire-ids.ts';

/** The row of an attempt, and its wire id. */
export type SavedAttempt = { readonly id: number; readonly number: number };

/**
 * Writes the attempt that `decide` made: a row is born, or changed. A first attempt bears the assignment's
 * own wire id, every other one of its own (design: 6-data 1).
 */
export async function saveAttempt(
  context: CommandContext,
  stored: StoredAssignment,
  after: AssignmentAggregate,
): Promise<SavedAttempt | null> {
  const { attempt } = after;
  if (attempt === null) return null;
  const columns = columnsOf(attempt, nextDue(after, attempt)?.at ?? null);
  if (stored.attemptId === null) {
    const { attempts } = after.assignment;
    const born = await context.db
      .insertInto('attempt')
      .values({
        ...columns,
        tenant: stored.tenant,
        assignment: stored.id,
        device: stored.device,
        number: attempts === 1 ? stored.number : await nextWireId(context, stored.tenant),
        ordinal: attempts,
      })
      .returning(['id', 'number'])
      .executeTakeFirstOrThrow();
    return born;
  }
  await context.db
    .updateTable('attempt')
    .set((eb) => ({ ...columns, revision: eb('revision', '+', 1) }))
    .where('id', '=', stored.attemptId)
    .execute();
  return { id: stored.attemptId, number: stored.attemptNumber ?? stored.number };
}

function columnsOf(attempt: Attempt, nextAt: number | null) {
  return {
    state: attempt.state,
    state_at: attempt.stateAt,
    canceled_from: attempt.canceledFrom,
    consent: attempt.consent,
    evidence: attempt.evidence.join(','),
    offered_at: attempt.offeredAt,
    install_offered_at: attempt.installOfferedAt,
    begun_at: attempt.begunAt,
    ...(attempt.state === 'downloaded' ? { downloaded_at: attempt.stateAt } : {}),
    ...(attempt.state === 'installing' ? { installing_at: attempt.stateAt } : {}),
    cancel_refused_at: attempt.cancelRefusedAt,
    refused_at: attempt.refusedAt,
    refusal: attempt.refusal,
    heard_at: attempt.heardAt,
    next_at: attempt.endedAt === null ? nextAt : null,
    ended_at: attempt.endedAt,
    reason: attempt.reason,
    message: attempt.message,
    pace_held: attempt.paceHeld ? 1 : 0,
    slot_before: attempt.slotBefore,
    boot_id_before: attempt.bootIdBefore,
  } as const;
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

/** Whether an attempt of another assignment of the device was offered after `offeredAt`. */
export async function wasOfferedSince(
  db: Kysely<Schema>,
  device: number,
  than: { readonly assignment: number; readonly offeredAt: number },
): Promise<boolean> {
  const row = await db
    .selectFrom('assignment as a')
    .innerJoin('attempt as t', 't.assignment', 'a.id')
    .select('t.id')
    .where('a.device', '=', device)
    .where('a.id', '!=', than.assignment)
    .where('t.offered_at', '>', than.offeredAt)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
