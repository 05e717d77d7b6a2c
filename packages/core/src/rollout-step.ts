import type { Instant } from './attempt.ts';
import { edgeOf, isClosed } from './lifecycle.ts';
import { isErrorCrossed } from './phase-thresholds.ts';
import type { Phase, RolloutAggregate, RolloutDecision, RolloutInput } from './rollout-aggregate.ts';
import {
  firstWaiting,
  hasWaitingSuccessor,
  movePhase,
  moveRollout,
  noteEffect,
  soakEnd,
  withPhase,
  type Course,
} from './rollout-course.ts';
import { lookAround } from './rollout-look.ts';
import { rolloutLifecycle, type RolloutEvent } from './rollout-lifecycle.ts';

/**
 * The rules of a rollout and its phases: what `input` makes of `state` at `now` (epoch ms).
 *
 * Pure. What follows by the clock or from what its devices do is found by a `look`, whose time {@link nextLook} tells; an
 * error threshold is crossed by the very report that does it (design: 6-data 14, 15).
 */
export function decideRollout(state: RolloutAggregate, input: RolloutInput, now: Instant): RolloutDecision {
  const before: Course = { state, effects: [] };
  switch (input.type) {
    case 'materialised':
      return materialised(before, now);
    case 'approve':
      return approvalRefusal(before.state, input) ?? moved(before, 'approve', (course) => startedIfReady(course, now));
    case 'deny':
      return moved(before, 'deny', because('denied'));
    case 'start':
      return moved(before, 'start', (course) => begun(course, now));
    case 'pause':
      return moved(before, 'pause', because('operator'));
    case 'resume':
      return resumed(before, now);
    case 'stop':
      return moved(before, 'stop', because('operator'));
    case 'start-phase':
      return phaseStarted(before, input.phase, now);
    case 'skip-phase':
      return phaseSkipped(before, input.phase);
    case 'erred':
      return decided(before, judged(before, input.phase, now));
    case 'changed':
      return decided(before, changed(before, now));
    case 'look':
      return decided(before, lookAround(startedIfDue(before, input.firstWindowAt, now), input, now));
  }
}

/**
 * When a rollout must be looked at again by the clock alone; null: only once something happens to it. `firstWindowAt` is
 * as in the `look`.
 */
export function nextLook(state: RolloutAggregate, firstWindowAt: Instant | null): Instant | null {
  if (state.state === 'ready') {
    if (state.policy.start.by === 'time') return state.policy.start.at;
    return state.policy.start.by === 'first-window' ? firstWindowAt : null;
  }
  if (state.state !== 'running') return null;
  const soaks = state.phases
    .filter((phase) => hasWaitingSuccessor(state, phase))
    .flatMap((phase) => soakEnd(phase) ?? []);
  return soaks.length === 0 ? null : Math.min(...soaks);
}

function decided(before: Course, after: Course): RolloutDecision {
  if (after === before) return { outcome: 'unchanged' };
  return { outcome: 'changed', ...after };
}

function approvalRefusal(
  { policy }: RolloutAggregate,
  { isAuthor, isPerson, hasRight }: RolloutInput & { type: 'approve' },
): RolloutDecision | null {
  const refused = (code: (RolloutDecision & { outcome: 'refused' })['code']) => ({ outcome: 'refused', code }) as const;
  if (policy.approval === 'by-right') return hasRight ? null : refused('not-permitted');
  if (!isPerson) return refused('approval-needs-person');
  return isAuthor ? refused('self-approval') : null;
}

function moved(before: Course, event: RolloutEvent, then: (course: Course) => Course): RolloutDecision {
  if (edgeOf(rolloutLifecycle, before.state.state, event) === undefined)
    return { outcome: 'refused', code: 'rollout-state' };
  return decided(before, then(moveRollout(before, event)));
}

function because(reason: NonNullable<RolloutAggregate['reason']>) {
  return ({ state, effects }: Course): Course => ({ state: { ...state, reason }, effects });
}

function materialised(before: Course, now: Instant): RolloutDecision {
  const event = before.state.policy.approval === 'none' ? 'materialised' : 'approval-asked';
  return moved(before, event, (course) => startedIfReady(course, now));
}

function startedIfReady(course: Course, now: Instant): Course {
  const { state } = course;
  return state.state === 'ready' && state.policy.start.by === 'ready'
    ? begun(moveRollout(course, 'start'), now)
    : course;
}

function startedIfDue(course: Course, firstWindowAt: Instant | null, now: Instant): Course {
  const { state } = course;
  const at = state.state === 'ready' ? nextLook(state, firstWindowAt) : null;
  return at !== null && at <= now ? begun(moveRollout(course, 'start'), now) : course;
}

/** A rollout that has just come to run starts its first phase. */
function begun({ state, effects }: Course, now: Instant): Course {
  const course = { state: { ...state, startedAt: now, reason: null }, effects };
  const first = firstWaiting(course.state);
  return first === null ? course : movePhase(course, first, { event: 'start', now });
}

/** Who resumes a rollout that held because too few succeeded takes what was reached as enough. */
function resumed(before: Course, now: Instant): RolloutDecision {
  const { reason } = before.state;
  return moved(before, 'resume', ({ state, effects }) => {
    const accepts = (phase: Phase): boolean =>
      reason === 'success-not-reached' &&
      phase.state === 'started' &&
      phase.reachedAt === null &&
      hasWaitingSuccessor(state, phase);
    const phases = state.phases.map((phase) => (accepts(phase) ? { ...phase, reachedAt: now } : phase));
    return { state: { ...state, reason: null, phases }, effects };
  });
}

function phaseStarted(before: Course, number: number, now: Instant): RolloutDecision {
  const phase = before.state.phases.find((one) => one.number === number);
  if (phase === undefined) return { outcome: 'refused', code: 'phase-unknown' };
  if (before.state.state !== 'running') return { outcome: 'refused', code: 'rollout-state' };
  if (phase.state !== 'waiting') return { outcome: 'refused', code: 'phase-state' };
  return decided(before, movePhase(before, phase, { event: 'start', now }));
}

/** What a skipped phase has begun nothing of: only one that waits can be skipped. */
function phaseSkipped(before: Course, number: number): RolloutDecision {
  const phase = before.state.phases.find((one) => one.number === number);
  if (phase === undefined) return { outcome: 'refused', code: 'phase-unknown' };
  if (!SKIPPABLE.has(before.state.state)) return { outcome: 'refused', code: 'rollout-state' };
  if (phase.state !== 'waiting') return { outcome: 'refused', code: 'phase-state' };
  const skipped = movePhase(before, phase, { event: 'skip', now: null });
  return decided(before, noteEffect(skipped, { type: 'close-phase', phase: number }));
}

const SKIPPABLE: ReadonlySet<string> = new Set(['ready', 'running', 'paused']);

/** Whether a phase's error threshold is newly crossed, or not any more; a crossing is acted on once. */
function judged(course: Course, number: number, now: Instant): Course {
  const phase = course.state.phases.find((one) => one.number === number);
  if (phase === undefined) return course;
  const isCrossed = isErrorCrossed(phase);
  if (isCrossed === (phase.crossedAt !== null)) return course;
  const marked = withPhase(course, { ...phase, crossedAt: isCrossed ? now : null });
  if (!isCrossed) return marked;
  return failed(noteEffect(marked, { type: 'error-threshold-crossed', phase: number }), number);
}

/** What the policy says of a crossed error threshold, as long as the rollout is under way. */
function failed(course: Course, phase: number): Course {
  const { state, policy } = course.state;
  if (state !== 'running' && state !== 'paused') return course;
  const why = because('error-threshold');
  if (policy.onFailure === 'pause') return why(state === 'running' ? moveRollout(course, 'pause') : course);
  const stopped = why(moveRollout(course, 'stop'));
  return policy.onFailure === 'return' ? noteEffect(stopped, { type: 'return-wanted', phase }) : stopped;
}

/** A changed rollout that was approved is to be approved anew, unless it runs; changed thresholds are judged at once. */
function changed(before: Course, now: Instant): Course {
  const { state, policy, phases } = before.state;
  if (isClosed(rolloutLifecycle, state)) return before;
  if (state === 'ready' && policy.approval !== 'none') return moveRollout(before, 'approval-asked');
  return phases
    .filter((phase) => phase.state === 'started')
    .reduce((course, { number }) => judged(course, number, now), before);
}
