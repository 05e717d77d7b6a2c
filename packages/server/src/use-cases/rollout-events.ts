import type { RolloutEffect, RolloutEvent } from '@updraft/core';
import { appendEvent, type CommandContext, type RolloutRow } from '@updraft/store';
import type { Scope } from '../access/scope.ts';

const HAPPENED: Readonly<Record<RolloutEvent, string>> = {
  materialised: 'materialised',
  'approval-asked': 'approval-asked',
  approve: 'approved',
  deny: 'denied',
  start: 'started',
  pause: 'paused',
  resume: 'resumed',
  stop: 'stop-asked',
  'none-open': 'ended',
  'member-added': 'member-added',
};

const PHASE_HAPPENED = {
  start: 'phase-started',
  skip: 'phase-skipped',
  'none-open': 'phase-done',
  'member-added': 'member-added',
} as const;

/** Notes what a decision made of a rollout, in its order. */
export async function recordEffects(
  context: CommandContext,
  scope: Scope,
  { rollout, effects }: { readonly rollout: RolloutRow; readonly effects: readonly RolloutEffect[] },
): Promise<void> {
  for (const effect of effects) {
    const told = wordsOf(effect, rollout);
    if (told !== null) await recordRollout(context, scope, { rollout, ...told });
  }
}

type Told = { readonly happened: string; readonly data?: Readonly<Record<string, unknown>> };

function wordsOf(effect: RolloutEffect, { reason }: RolloutRow): Told | null {
  switch (effect.type) {
    case 'rollout-moved':
      return { happened: HAPPENED[effect.event], data: { state: effect.to, reason } };
    case 'phase-moved':
      return { happened: PHASE_HAPPENED[effect.event], data: { phase: effect.phase } };
    case 'success-reached':
      return { happened: 'success-reached', data: { phase: effect.phase } };
    case 'error-threshold-crossed':
      return { happened: 'threshold-crossed', data: { phase: effect.phase } };
    case 'return-wanted':
    case 'close-phase':
      return null;
  }
}

/** Notes what happened to a rollout. */
export async function recordRollout(
  context: CommandContext,
  scope: Scope,
  { rollout, happened, data = {} }: Told & { readonly rollout: RolloutRow },
): Promise<void> {
  await appendEvent(context, {
    tenant: rollout.tenant,
    name: `rollout.${happened}`,
    actor: scope.actor,
    subject: { kind: 'rollout', id: rollout.uid },
    data: { name: rollout.name, kind: rollout.kind, state: rollout.state, ...data },
  });
}
