import { assignmentLifecycle, isClosed, type AttemptState, type Decision } from '@updraft/core';
import { appendEvent, type CommandContext, type StoredAssignment } from '@updraft/store';
import type { Scope } from '../access/scope.ts';

/** What happened when an attempt entered a state, as the name of its event. Those it never enters by an event are not born so. */
const ENTERED: Readonly<Record<AttemptState, string>> = {
  scheduled: 'scheduled',
  'awaiting-consent': 'consent-asked',
  ready: 'offer-withdrawn',
  offered: 'offered',
  downloading: 'download-started',
  downloaded: 'downloaded',
  installing: 'install-started',
  'awaiting-report': 'installed',
  'awaiting-evidence': 'reported',
  canceling: 'cancel-asked',
  succeeded: 'succeeded',
  failed: 'failed',
  'rolled-back': 'rolled-back',
  'timed-out': 'timed-out',
  canceled: 'canceled',
};

type Moved = { readonly stored: StoredAssignment; readonly decision: Decision & { readonly outcome: 'changed' } };

/** Appends an event for each state that the attempt entered, and one for the assignment's end. */
export async function recordMoves(context: CommandContext, scope: Scope, { stored, decision }: Moved): Promise<void> {
  const { assignment, attempt } = decision.state;
  const subject = String(stored.number);
  const about = { device: stored.deviceName, rollout: stored.rollout, release: stored.release };
  for (const effect of decision.effects) {
    if (effect.type === 'attempt-moved' && effect.from !== effect.to)
      await appendEvent(context, {
        tenant: stored.tenant,
        name: `attempt.${effect.event === 'cancel-refused' ? 'cancel-refused' : ENTERED[effect.to]}`,
        actor: scope.actor,
        subject: { kind: 'attempt', id: subject },
        data: { ...about, reason: attempt?.reason ?? null, evidence: attempt?.evidence ?? [] },
      });
    if (effect.type === 'assignment-moved' && isClosed(assignmentLifecycle, effect.to))
      await appendEvent(context, {
        tenant: stored.tenant,
        name: `assignment.${effect.to}`,
        actor: scope.actor,
        subject: { kind: 'assignment', id: subject },
        data: { ...about, reason: assignment.reason },
      });
  }
}
