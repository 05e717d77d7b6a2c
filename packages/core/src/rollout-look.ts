import type { Instant } from './attempt.ts';
import { isSuccessReached } from './phase-thresholds.ts';
import type { Phase, PhaseCounts, RolloutInput } from './rollout-aggregate.ts';
import {
  hasEnded,
  hasWaitingSuccessor,
  movePhase,
  moveRollout,
  noteEffect,
  soakEnd,
  successorOf,
  withPhase,
  type Course,
} from './rollout-course.ts';

const NONE: PhaseCounts = { open: 0, succeeded: 0, superseded: 0, canceled: 0 };

type Counts = ReadonlyMap<number, PhaseCounts>;
type Look = Pick<RolloutInput & { readonly type: 'look' }, 'counts' | 'isSweepDue'>;

/**
 * What counts and clock mean for a rollout: thresholds that were reached, phases that are over, the next phase, the end.
 * A phase that is started is looked at at once: an empty one is passed in the same look.
 */
export function lookAround(course: Course, look: Look, now: Instant): Course {
  if (hasEnded(course.state)) return course;
  const { counts } = look;
  return ended(held(over(rounds(course, look, now), counts), counts), counts);
}

function rounds(course: Course, look: Look, now: Instant): Course {
  const soFar = reached(course, look.counts, now);
  // Whom nobody has looked at while the rollout was paused may stop it: no phase is opened before they were.
  const next = look.isSweepDue ? soFar : advanced(soFar, now);
  return next === course ? course : rounds(next, look, now);
}

function reached(course: Course, counts: Counts, now: Instant): Course {
  return course.state.phases
    .filter((phase) => phase.state === 'started' && phase.reachedAt === null)
    .filter((phase) => isSuccessReached(phase, counts.get(phase.number) ?? NONE))
    .reduce(
      (so, phase) =>
        noteEffect(withPhase(so, { ...phase, reachedAt: now }), { type: 'success-reached', phase: phase.number }),
      course,
    );
}

/** The next phase of each that has soaked for long enough. */
function advanced(course: Course, now: Instant): Course {
  const { state } = course;
  if (state.state !== 'running') return course;
  const ripe = state.phases.find((phase) => hasWaitingSuccessor(state, phase) && (soakEnd(phase) ?? Infinity) <= now);
  const next = ripe === undefined ? null : successorOf(state, ripe);
  return next === null ? course : movePhase(course, next, { event: 'start', now });
}

/** A phase is over when it was reached and nothing of it is open; the last one only with the rollout. */
function over(course: Course, counts: Counts): Course {
  return course.state.phases
    .filter((phase) => phase.state === 'started' && phase.reachedAt !== null && !isOpen(phase, counts))
    .filter((phase) => successorOf(course.state, phase) !== null)
    .reduce((so, phase) => movePhase(so, phase, { event: 'none-open', now: null }), course);
}

/** Nothing of a phase is open, too few of it succeeded, and the next one waits for that: a person decides. */
function held(course: Course, counts: Counts): Course {
  const { state } = course;
  if (state.state !== 'running' || !hasOpen(course, counts)) return course;
  const short = state.phases.some(
    (phase) =>
      phase.state === 'started' &&
      phase.reachedAt === null &&
      !isOpen(phase, counts) &&
      hasWaitingSuccessor(state, phase),
  );
  if (!short) return course;
  const paused = moveRollout(course, 'pause');
  return { ...paused, state: { ...paused.state, reason: 'success-not-reached' } };
}

/** Nothing of the rollout is open: it is over, unless late-comers may still come, for whom a phase is there. */
function ended(course: Course, counts: Counts): Course {
  const { state, policy } = course.state;
  if (state !== 'running' && state !== 'paused' && state !== 'stopping') return course;
  if (hasOpen(course, counts)) return course;
  const mayGrow = policy.dynamic && course.state.phases.some(({ state: at }) => at === 'waiting' || at === 'started');
  if (mayGrow && state !== 'stopping') return course;
  const done = course.state.phases
    .filter((phase) => phase.state === 'started')
    .reduce((so, phase) => movePhase(so, phase, { event: 'none-open', now: null }), course);
  return moveRollout(done, 'none-open');
}

function isOpen({ number }: Phase, counts: Counts): boolean {
  return (counts.get(number) ?? NONE).open > 0;
}

function hasOpen({ state }: Course, counts: Counts): boolean {
  return state.phases.some((phase) => isOpen(phase, counts));
}
