import { edgeOf, rolloutLifecycle, type RolloutEvent } from '@updraft/core';
import {
  appendEvent,
  changeRollout,
  policyOf,
  startPhase,
  type CommandContext,
  type RolloutChange,
  type RolloutRow,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';

const HAPPENED: Readonly<Record<RolloutEvent, string>> = {
  materialised: 'materialised',
  start: 'started',
  pause: 'paused',
  resume: 'resumed',
  stop: 'stop-asked',
  'none-open': 'ended',
  'member-added': 'member-added',
};

/** Takes an edge of the rollout's lifecycle; null where it has none from here. The caller holds the rollout's row. */
export async function moveRollout(
  context: CommandContext,
  scope: Scope,
  { rollout, event }: { readonly rollout: RolloutRow; readonly event: RolloutEvent },
): Promise<RolloutRow | null> {
  const edge = edgeOf(rolloutLifecycle, rollout.state, event);
  if (edge === undefined || edge.to === 'previous') return null;
  const moved = await changeRollout(context, rollout, { state: edge.to, ...consequences(context, event) });
  if (event === 'start') {
    const { silenceSeconds } = policyOf(rollout.policy).timeLimits;
    await startPhase(context, rollout.id, context.now + silenceSeconds * 1000);
  }
  await recordRollout(context, scope, { rollout: moved, happened: HAPPENED[event] });
  return moved;
}

/** `next_at` now: the job looks whether anything is open, or closes what is left over, from the first device on. */
function consequences({ now }: CommandContext, event: RolloutEvent): RolloutChange {
  switch (event) {
    case 'start':
      return { started_at: now, next_at: now };
    case 'stop':
      return { cursor: 0, next_at: now };
    case 'materialised':
      return { cursor: null, next_at: null };
    case 'none-open':
      return { ended_at: now, next_at: null };
    case 'pause':
    case 'resume':
    case 'member-added':
      return {};
  }
}

/** Notes what happened to a rollout. */
export async function recordRollout(
  context: CommandContext,
  scope: Scope,
  { rollout, happened }: { readonly rollout: RolloutRow; readonly happened: string },
): Promise<void> {
  await appendEvent(context, {
    tenant: rollout.tenant,
    name: `rollout.${happened}`,
    actor: scope.actor,
    subject: { kind: 'rollout', id: rollout.uid },
    data: { name: rollout.name, kind: rollout.kind, state: rollout.state },
  });
}
