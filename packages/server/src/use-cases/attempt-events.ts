import {
  assignmentLifecycle,
  isClosed,
  type AttemptEvent,
  type AttemptState,
  type Decision,
  type Effect,
} from '@updraft/core';
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

/** What its device refused is told by the event itself, not by the state that it falls back to. */
const REFUSALS: ReadonlySet<AttemptEvent> = new Set(['cancel-refused', 'offer-refused']);

type Moved = {
  readonly stored: StoredAssignment;
  readonly decision: Decision & { readonly outcome: 'changed' };
  /** The attempt's wire id; null where none is born. */
  readonly number: number | null;
};

/** Appends an event for each state that the attempt entered, and one where the assignment ended or is tried again. */
export async function recordMoves(context: CommandContext, scope: Scope, moved: Moved): Promise<void> {
  for (const effect of moved.decision.effects) {
    const told = toldBy(effect, moved);
    if (told !== null) await appendEvent(context, { tenant: moved.stored.tenant, actor: scope.actor, ...told });
  }
}

/** Consent is told by whoever takes the answer, with what was said beside it. */
function toldBy(effect: Effect, { stored, decision, number }: Moved) {
  const { assignment, attempt } = decision.state;
  const about = { device: stored.deviceName, rollout: stored.rollout, release: stored.release };
  if (effect.type === 'attempt-moved' && effect.from !== effect.to && !effect.event.startsWith('consent-'))
    return {
      name: `attempt.${REFUSALS.has(effect.event) ? effect.event : ENTERED[effect.to]}` as const,
      subject: { kind: 'attempt', id: String(number ?? stored.number) },
      data: {
        ...about,
        assignment: stored.number,
        reason: attempt?.reason ?? null,
        message: attempt?.message ?? (effect.event === 'offer-refused' ? (attempt?.refusal ?? null) : null),
        evidence: attempt?.evidence ?? [],
      },
    };
  if (effect.type !== 'assignment-moved') return null;
  const subject = { kind: 'assignment', id: String(stored.number) };
  const why = { ...about, reason: assignment.reason, message: assignment.message };
  if (isClosed(assignmentLifecycle, effect.to)) return { name: `assignment.${effect.to}` as const, subject, data: why };
  if (effect.event !== 'retry-scheduled') return null;
  const notBefore = assignment.notBefore === null ? null : new Date(assignment.notBefore).toISOString();
  const data = { ...why, failedAttempts: assignment.failedAttempts, notBefore };
  return { name: 'assignment.retry-scheduled' as const, subject, data };
}
