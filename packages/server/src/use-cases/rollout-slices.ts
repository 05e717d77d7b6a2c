import { assignmentLifecycle, isClosed, type AssignmentState } from '@updraft/core';
import {
  cancelUnborn,
  changeRollout,
  countsOf,
  DECIDED_PER_SLICE,
  materialiseSlice,
  MEMBERS_PER_SLICE,
  nextMembers,
  policyOf,
  sliceOfDevices,
  takeDevice,
  takeRollout,
  type CommandContext,
  type RolloutRow,
  type SliceMember,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { stepAttempt } from './attempt-step.ts';
import { moveRollout, recordRollout } from './rollout-moves.ts';

/**
 * Makes the next slice of a rollout's assignments; its cursor moves in the same commit, so that a crash loses and
 * doubles none. After the last slice the rollout is ready, or starts where that was asked. The caller holds its row.
 */
export async function materialiseNext(context: CommandContext, scope: Scope, rollout: RolloutRow): Promise<void> {
  const slice = await sliceOfDevices(context.db, rollout.tenant, rollout.cursor ?? 0);
  const made = await materialiseSlice(context, rollout, slice);
  const change = { cursor: slice.upTo, planned: rollout.planned + made, next_at: context.now };
  const after = await changeRollout(context, rollout, change);
  if (slice.upTo !== null) return;
  const ready = await moveRollout(context, scope, { rollout: after, event: 'materialised' });
  if (ready !== null && policyOf(rollout.policy).startsWhenReady)
    await moveRollout(context, scope, { rollout: ready, event: 'start' });
}

/**
 * Closes the next slice of what a stopping rollout has open: what was never born in one set statement, what has not
 * begun unasked, and what has is asked to cancel. The caller holds its row.
 */
export async function closeNextLeftovers(context: CommandContext, scope: Scope, rollout: RolloutRow): Promise<void> {
  const members = await nextMembers(context.db, rollout.id, rollout.cursor ?? 0);
  const slice = upToDecided(members);
  const closed = await cancelUnborn(context, rollout.id, slice);
  for (const member of slice.filter(({ isOpen, isBorn }) => isOpen && isBorn)) {
    if (!(await takeDevice(context, rollout.tenant, member.device))) continue;
    await stepAttempt(context, scope, {
      assignment: member.id,
      input: { type: 'cancel', intent: 'canceled', ask: member.hasBegun, by: 'server' },
    });
  }
  if (closed > 0) await recordRollout(context, scope, { rollout, happened: 'leftovers-closed' });
  const isLast = members.length < MEMBERS_PER_SLICE && slice.length === members.length;
  const cursor = isLast ? null : (slice.at(-1)?.device ?? null);
  await changeRollout(context, rollout, { cursor, next_at: isLast ? null : context.now });
  if (isLast) await endIfNoneOpen(context, scope, rollout.id);
}

function upToDecided(members: readonly SliceMember[]): readonly SliceMember[] {
  const born = members.filter(({ isOpen, isBorn }) => isOpen && isBorn);
  const last = born[DECIDED_PER_SLICE - 1];
  return last === undefined ? members : members.slice(0, members.indexOf(last) + 1);
}

/** A rollout of which nothing is open is over. */
export async function endIfNoneOpen(context: CommandContext, scope: Scope, id: number): Promise<void> {
  const rollout = await takeRollout(context, id);
  if (rollout === undefined) return;
  const counts = await countsOf(context.db, [id]);
  const isOpen = counts.some(({ state, n }) => n > 0 && !isEnd(state));
  if (isOpen) return;
  await moveRollout(context, { ...scope, tenant: rollout.tenant }, { rollout, event: 'none-open' });
}

function isEnd(state: string): boolean {
  return isClosed(assignmentLifecycle, state as AssignmentState);
}
