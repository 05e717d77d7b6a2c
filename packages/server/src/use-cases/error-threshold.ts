import { isErrorCrossed } from '@updraft/core';
import { countErredMember, phaseSpecOf, takeRollout, keptOrUndone, type CommandContext } from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { stepRollout } from './rollout-moves.ts';

/** Members of a rollout's phases that have erred, or that have succeeded after they had. */
export type ErredMembers = {
  readonly rollout: number;
  readonly members: readonly { readonly phase: number; readonly by: 1 | -1 }[];
};

/**
 * Counts devices that erred (or recovered) in their phases, and takes the rollout's way of failing where they are those
 * that cross a threshold. The phases' rows are held until the commit: callers do it last in their transaction (design:
 * 6-data 14, 16).
 *
 * Whoever takes a rollout's row and its phases' takes the rollout's first. Only the count itself tells whether that is
 * needed: where a threshold is crossed, the count is taken back, and made again behind the rollout's row.
 */
export async function countErred(context: CommandContext, scope: Scope, erred: ErredMembers): Promise<void> {
  const isKept = await keptOrUndone(context, async () => (await crossedBy(context, erred)).length === 0);
  if (isKept) return;
  await takeRollout(context, erred.rollout);
  for (const phase of await crossedBy(context, erred)) {
    const rollout = await takeRollout(context, erred.rollout);
    if (rollout !== undefined) await stepRollout(context, scope, { rollout, input: { type: 'erred', phase } });
  }
}

/** Counts, and tells the phases whose thresholds are crossed by that, or are not any more; in the order of their numbers. */
async function crossedBy(context: CommandContext, { rollout, members }: ErredMembers): Promise<readonly number[]> {
  const crossed: number[] = [];
  const byPhase = Map.groupBy(members, ({ phase }) => phase);
  for (const [phase, counted] of [...byPhase].toSorted(([a], [b]) => a - b)) {
    const by = counted.reduce((sum, one) => sum + one.by, 0);
    const row = await countErredMember(context, { rollout, phase, by });
    if (isErrorCrossed({ ...row, spec: phaseSpecOf(row.spec) }) !== (row.crossed_at !== null)) crossed.push(phase);
  }
  return crossed;
}
