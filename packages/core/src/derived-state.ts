import type { AssignmentState } from './assignment-lifecycle.ts';
import { assignmentLifecycle } from './assignment-lifecycle.ts';
import type { AttemptState } from './attempt-lifecycle.ts';
import { isClosed } from './lifecycle.ts';
import type { PhaseState } from './rollout-lifecycle.ts';

/**
 * The state an assignment shows: that of its attempt once a row is born, else derived from its phase (6-data 2).
 * An ended assignment without an attempt shows its own end.
 */
export function shownState(
  assignment: AssignmentState,
  attempt: AttemptState | null,
  phase: PhaseState,
): AttemptState | AssignmentState {
  return shownCounted(countedState(assignment, attempt), phase);
}

/** The state under which counters count an assignment: what is derived from its phase stays `waiting`. */
export function countedState(
  assignment: AssignmentState,
  attempt: AttemptState | null,
): AttemptState | AssignmentState {
  if (isClosed(assignmentLifecycle, assignment) || assignment === 'backing-off') return assignment;
  return attempt ?? 'waiting';
}

/** What a counted state shows, given the state of its phase. */
export function shownCounted(
  counted: AttemptState | AssignmentState,
  phase: PhaseState,
): AttemptState | AssignmentState {
  if (counted === 'backing-off') return 'ready';
  if (counted !== 'waiting') return counted;
  return phase === 'waiting' ? 'scheduled' : 'ready';
}

/** `verifying` is the one word that people see for both waits after an install (design: 6-data 5). */
export function displayedState(state: AttemptState | AssignmentState): string {
  return state === 'awaiting-report' || state === 'awaiting-evidence' ? 'verifying' : state;
}
