import type { AssignmentEvent } from './assignment-lifecycle.ts';
import { stepAssignment } from './assignment-step.ts';
import type { AssignmentAggregate, Attempt, Decision, Effect, Instant } from './attempt.ts';
import { failureOf, retryWaitSeconds } from './back-off.ts';

type Ended = AssignmentAggregate & { readonly attempt: Attempt };

/** How the assignment goes on when its attempt has ended: fulfilled, tried again later, given up, or what was intended. */
export function endAttempt(state: Ended, effects: readonly Effect[], now: Instant): Decision {
  const { attempt } = state;
  const event = eventOfEnd(state);
  const failed = event === 'given-up' || event === 'retry-scheduled';
  const failures = event === 'device-replaced' ? 0 : state.assignment.failedAttempts + (failed ? 1 : 0);
  const words = { reason: event === 'device-replaced' ? null : attempt.reason, message: attempt.message };
  const step = stepAssignment({ ...state.assignment, failedAttempts: failures }, { event, now, ...words });
  const notBefore = event === 'retry-scheduled' ? now + waitSeconds(state, failures) * 1000 : null;
  return {
    outcome: 'changed',
    state: { ...state, assignment: { ...step.assignment, notBefore } },
    effects: [...effects, step.effect, ...consequences(state, event), ...step.counted],
  };
}

/** A canceling attempt that timed out still ends as it was meant to; one that failed by the device's word has failed. */
function eventOfEnd({ assignment, attempt, rules }: Ended): AssignmentEvent {
  if (attempt.state === 'succeeded') return 'fulfilled';
  const gaveIn = attempt.state === 'canceled' || (attempt.state === 'timed-out' && assignment.cancelIntent !== null);
  if (!gaveIn) return isRetried({ assignment, attempt, rules }) ? 'retry-scheduled' : 'given-up';
  if (attempt.reason === 'already-installed') return 'already-installed';
  if (attempt.reason === 'replaced' && assignment.cancelIntent === null) return 'device-replaced';
  return assignment.cancelIntent === 'superseded' ? 'superseded' : 'withdrawn-by-operator';
}

/** Nothing is tried again that never began, or that was to be cancelled, even if its device refused. */
function isRetried({ assignment, attempt, rules }: Ended): boolean {
  if (rules.retries === null || assignment.failedAttempts >= rules.retries.limit) return false;
  if (attempt.begunAt === null || assignment.cancelIntent !== null || attempt.cancelRefusedAt !== null) return false;
  const failure = failureOf(attempt);
  return failure !== null && rules.retries.on.includes(failure);
}

function waitSeconds({ assignment, rules }: Ended, failures: number): number {
  return rules.retries === null
    ? 0
    : retryWaitSeconds(rules.retries, failures, `${rules.retryKey}/${assignment.attempts}`);
}

function consequences({ attempt, rules }: Ended, event: AssignmentEvent): readonly Effect[] {
  if (event === 'fulfilled')
    return rules.downloadOnly
      ? [{ type: 'attributes-wanted' }]
      : [{ type: 'release-runs' }, { type: 'attributes-wanted' }];
  const isDevices = event === 'given-up' || event === 'retry-scheduled';
  return isDevices && attempt.reason !== 'incompatible' ? [{ type: 'attempt-failed' }] : [];
}
