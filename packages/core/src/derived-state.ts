import type { AssignmentState } from './assignment-lifecycle.ts';
import { assignmentLifecycle } from './assignment-lifecycle.ts';
import { attemptLifecycle, type AttemptState } from './attempt-lifecycle.ts';
import { isClosed } from './lifecycle.ts';
import type { PhaseState } from './phase-lifecycle.ts';

/** What an assignment whose attempt is not born waits in: its phase, and whether its rollout's policy asks for consent. */
export type WaitingPhase = { readonly state: PhaseState; readonly asksConsent: boolean };

/**
 * The state an assignment shows: that of its attempt once a row is born, else derived from its phase and policy (6-data 2).
 * An ended assignment without an attempt shows its own end.
 */
export function shownState(
  assignment: AssignmentState,
  attempt: AttemptState | null,
  phase: WaitingPhase,
): AttemptState | AssignmentState {
  return shownCounted(countedState(assignment, attempt), phase);
}

/** The state under which counters count an assignment: what is derived from its phase stays `waiting`. */
export function countedState(
  assignment: AssignmentState,
  attempt: AttemptState | null,
): AttemptState | AssignmentState {
  if (isClosed(assignmentLifecycle, assignment) || assignment === 'backing-off') return assignment;
  // An ended attempt of an assignment that goes on is no attempt any more.
  return attempt === null || isClosed(attemptLifecycle, attempt) ? 'waiting' : attempt;
}

/** What a counted state shows, given the state of its phase. */
export function shownCounted(
  counted: AttemptState | AssignmentState,
  phase: WaitingPhase,
): AttemptState | AssignmentState {
  if (counted === 'backing-off') return 'ready';
  if (counted !== 'waiting') return counted;
  if (phase.state === 'waiting' || phase.state === 'skipped') return 'scheduled';
  // The answer about consent bears the attempt: without one, nobody has answered.
  return phase.asksConsent ? 'awaiting-consent' : 'ready';
}

/** `verifying` is the one word that people see for both waits after an install (design: 6-data 5). */
export function displayedState(state: AttemptState | AssignmentState): string {
  return state === 'awaiting-report' || state === 'awaiting-evidence' ? 'verifying' : state;
}
