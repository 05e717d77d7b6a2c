import { assignmentLifecycle, type AssignmentEvent } from './assignment-lifecycle.ts';
import type { Assignment, Effect, Instant } from './attempt.ts';
import { edgeOf, isClosed, UndeclaredTransition } from './lifecycle.ts';

export type AssignmentStep = {
  readonly event: AssignmentEvent;
  readonly now: Instant;
  readonly reason?: string | null;
  readonly message?: string | null;
};

/** `counted` comes last of a transaction: the phase's row is locked for it (design: 6-data 14, 16). */
export type SteppedAssignment = {
  readonly assignment: Assignment;
  readonly effect: Effect;
  readonly counted: readonly Effect[];
};

/**
 * Takes an edge of the assignment's table. Its first failure makes it `erred`, also while it will be tried again; only a
 * success takes it out. Throws {@link UndeclaredTransition} where the table has no such edge.
 */
export function stepAssignment(
  assignment: Assignment,
  { event, now, reason = null, message = null }: AssignmentStep,
): SteppedAssignment {
  const edge = edgeOf(assignmentLifecycle, assignment.state, event);
  if (edge === undefined || edge.to === 'previous')
    throw new UndeclaredTransition(assignmentLifecycle.name, assignment.state, '?', event);
  const endedAt = isClosed(assignmentLifecycle, edge.to) ? now : null;
  // A birth keeps how long it is to wait: an answer about consent comes while it does.
  const notBefore = event === 'attempt-born' ? assignment.notBefore : null;
  const erred = isFailure(event) || (assignment.erred && edge.to !== 'succeeded');
  const counted: readonly Effect[] = erred === assignment.erred ? [] : [{ type: erred ? 'erred' : 'recovered' }];
  const effect: Effect = { type: 'assignment-moved', event, from: assignment.state, to: edge.to };
  return { assignment: { ...assignment, state: edge.to, reason, message, notBefore, endedAt, erred }, effect, counted };
}

function isFailure(event: AssignmentEvent): boolean {
  return event === 'given-up' || event === 'retry-scheduled';
}
