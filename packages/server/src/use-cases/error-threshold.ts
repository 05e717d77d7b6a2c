import { countErredMember, type CommandContext } from '@updraft/store';
import type { Scope } from '../access/scope.ts';

/** A member of a phase that has erred, or that has succeeded after it had. */
export type ErredMember = { readonly rollout: number; readonly phase: number; readonly by: 1 | -1 };

/**
 * Counts a device that erred (or recovered) in its phase. It takes the phase's row until the commit, so that a threshold
 * is crossed by exactly one report or sweep: callers do it last in their transaction.
 */
export async function countErred(context: CommandContext, _scope: Scope, member: ErredMember): Promise<void> {
  await countErredMember(context, member);
}
