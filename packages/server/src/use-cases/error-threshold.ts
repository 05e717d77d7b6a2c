import { isErrorCrossed } from '@updraft/core';
import { countErredMember, phaseSpecOf, takeRollout, type CommandContext } from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { stepRollout } from './rollout-moves.ts';

/** A member of a phase that has erred, or that has succeeded after it had. */
export type ErredMember = { readonly rollout: number; readonly phase: number; readonly by: 1 | -1 };

/**
 * Counts a device that erred (or recovered) in its phase, and takes the rollout's way of failing where this is the one
 * that crosses the threshold. The phase's row is held until the commit: callers do it last in their transaction
 * (design: 6-data 14, 16).
 */
export async function countErred(context: CommandContext, scope: Scope, member: ErredMember): Promise<void> {
  const row = await countErredMember(context, member);
  const isCrossed = isErrorCrossed({ ...row, spec: phaseSpecOf(row.spec) });
  if (isCrossed === (row.crossed_at !== null)) return;
  const rollout = await takeRollout(context, member.rollout);
  if (rollout === undefined) return;
  await stepRollout(context, scope, { rollout, input: { type: 'erred', phase: member.phase } });
}
