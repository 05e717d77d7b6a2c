import type { RolloutPolicy } from '@updraft/core';
import type { CommandContext, RolloutRow } from '@updraft/store';
import { mayDo } from '../access/rights.ts';
import type { Scope } from '../access/scope.ts';
import { recordRollout } from './rollout-events.ts';

type Emergency = Pick<RolloutPolicy, 'emergency'>;

/** Whether somebody may give a rollout this policy: one that becomes an emergency ignores windows and blackouts. */
export function mayRelease(scope: Scope, policy: Emergency, before: Emergency = { emergency: false }): boolean {
  return !policy.emergency || before.emergency || mayDo(scope, 'emergency');
}

/** The record says that windows and blackouts are ignored, and by whose decision. */
export async function recordEmergency(
  context: CommandContext,
  scope: Scope,
  {
    rollout,
    policy,
    before = { emergency: false },
  }: {
    readonly rollout: RolloutRow;
    readonly policy: RolloutPolicy;
    readonly before?: Emergency;
  },
): Promise<void> {
  if (!policy.emergency || before.emergency) return;
  const { windows, blackouts } = policy.windows;
  const data = { ignores: { windows: windows.length, blackouts: blackouts.length } };
  await recordRollout(context, scope, { rollout, happened: 'emergency-declared', data });
}
