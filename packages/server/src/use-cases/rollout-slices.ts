import {
  cancelUnborn,
  changePhase,
  changeRollout,
  DECIDED_PER_SLICE,
  MEMBERS_PER_SLICE,
  nextMembers,
  phasesOf,
  setRolloutDue,
  takeDevice,
  type CommandContext,
  type PhaseRow,
  type RolloutRow,
  type SliceMember,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { stepAttempt } from './attempt-step.ts';
import { recordRollout } from './rollout-events.ts';
import { lookAtRollout } from './rollout-look.ts';

/**
 * Closes the next slice of what a stopping rollout has open: what was never born in one set statement, what has not
 * begun unasked, and what has is asked to cancel. The caller holds its row.
 */
export async function closeNextLeftovers(context: CommandContext, scope: Scope, rollout: RolloutRow): Promise<void> {
  const members = await nextMembers(context.db, rollout.id, rollout.cursor ?? 0);
  const slice = upToDecided(members);
  const { closed, isAll } = await cancelUnborn(context, rollout.id, { members: slice, reason: null });
  for (const member of slice.filter(({ isOpen, isBorn }) => isOpen && isBorn)) {
    if (!(await takeDevice(context, rollout.tenant, member.device))) continue;
    await stepAttempt(context, scope, {
      assignment: member.id,
      input: { type: 'cancel', intent: 'canceled', ask: member.hasBegun, by: 'server' },
    });
  }
  if (closed > 0) await recordRollout(context, scope, { rollout, happened: 'leftovers-closed', data: { closed } });
  // A user's yes, committed meanwhile, has brought one further: nobody else comes by if its device never does.
  if (!isAll) return setRolloutDue(context, rollout.id, context.now);
  const isLast = members.length < MEMBERS_PER_SLICE && slice.length === members.length;
  const cursor = isLast ? null : (slice.at(-1)?.device ?? null);
  const after = await changeRollout(context, rollout, { cursor, next_at: isLast ? null : context.now });
  if (isLast) await lookAtRollout(context, scope, after);
}

function upToDecided(members: readonly SliceMember[]): readonly SliceMember[] {
  const born = members.filter(({ isOpen, isBorn }) => isOpen && isBorn);
  const last = born[DECIDED_PER_SLICE - 1];
  return last === undefined ? members : members.slice(0, members.indexOf(last) + 1);
}

/** The skipped phase of a rollout whose members are still to be closed; undefined where there is none. */
export async function phaseToClose(context: CommandContext, rollout: RolloutRow): Promise<PhaseRow | undefined> {
  return (await phasesOf(context.db, [rollout.id])).find(({ cursor }) => cursor !== null);
}

/** Ends the next slice of a skipped phase's members, of which none has begun. The caller holds the rollout's row. */
export async function closeNextSkipped(
  context: CommandContext,
  scope: Scope,
  { rollout, phase }: { readonly rollout: RolloutRow; readonly phase: PhaseRow },
): Promise<void> {
  const members = await nextMembers(context.db, rollout.id, phase.cursor ?? 0);
  const own = members.filter((member) => member.phase === phase.number);
  const { closed } = await cancelUnborn(context, rollout.id, { members: own, reason: 'phase-skipped' });
  if (closed > 0)
    await recordRollout(context, scope, {
      rollout,
      happened: 'phase-closed',
      data: { phase: phase.number, closed },
    });
  const isLast = members.length < MEMBERS_PER_SLICE;
  await changePhase(context, phase, { cursor: isLast ? null : (members.at(-1)?.device ?? null) });
  await setRolloutDue(context, rollout.id, context.now);
}
