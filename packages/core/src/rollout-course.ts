import type { Instant } from './attempt.ts';
import { edgeOf, isClosed, UndeclaredTransition } from './lifecycle.ts';
import { phaseLifecycle, type PhaseEvent } from './phase-lifecycle.ts';
import type { Phase, RolloutAggregate, RolloutEffect } from './rollout-aggregate.ts';
import { rolloutLifecycle, type RolloutEvent } from './rollout-lifecycle.ts';

/** A rollout on its way through one decision, with what is to be done so far. */
export type Course = { readonly state: RolloutAggregate; readonly effects: readonly RolloutEffect[] };

/** Takes an edge of the rollout's table; one that is not there is a defect of ours. */
export function moveRollout({ state, effects }: Course, event: RolloutEvent): Course {
  const edge = edgeOf(rolloutLifecycle, state.state, event);
  if (edge === undefined || edge.to === 'previous')
    throw new UndeclaredTransition(rolloutLifecycle.name, state.state, '?', event);
  return {
    state: { ...state, state: edge.to },
    effects: [...effects, { type: 'rollout-moved', event, from: state.state, to: edge.to }],
  };
}

/** Takes an edge of the phase's table; `now` is when it is started, null where it is not. */
export function movePhase(
  course: Course,
  phase: Phase,
  { event, now }: { readonly event: PhaseEvent; readonly now: Instant | null },
): Course {
  const edge = edgeOf(phaseLifecycle, phase.state, event);
  if (edge === undefined || edge.to === 'previous')
    throw new UndeclaredTransition(phaseLifecycle.name, phase.state, '?', event);
  const after = withPhase(course, { ...phase, state: edge.to, startedAt: now ?? phase.startedAt });
  return noteEffect(after, { type: 'phase-moved', phase: phase.number, event, from: phase.state, to: edge.to });
}

export function withPhase({ state, effects }: Course, phase: Phase): Course {
  const phases = state.phases.map((one) => (one.number === phase.number ? phase : one));
  return { state: { ...state, phases }, effects };
}

export function noteEffect({ state, effects }: Course, effect: RolloutEffect): Course {
  return { state, effects: [...effects, effect] };
}

export function firstWaiting({ phases }: RolloutAggregate): Phase | null {
  return phases.find(({ state }) => state === 'waiting') ?? null;
}

/** The phase that comes after one, skipped ones left out. */
export function successorOf({ phases }: RolloutAggregate, { number }: Phase): Phase | null {
  return phases.find((one) => one.number > number && one.state !== 'skipped') ?? null;
}

/** Whether a phase is under way or over, and the next one has not been started. */
export function hasWaitingSuccessor(state: RolloutAggregate, phase: Phase): boolean {
  const isBegun = phase.state === 'started' || phase.state === 'done';
  return isBegun && successorOf(state, phase)?.state === 'waiting';
}

/** When the phase after this one starts by itself; null: not yet known, or by hand. */
export function soakEnd({ reachedAt, spec }: Phase): Instant | null {
  return reachedAt === null || spec.next === 'hand' ? null : reachedAt + spec.soakSeconds * 1000;
}

export function hasEnded({ state }: RolloutAggregate): boolean {
  return isClosed(rolloutLifecycle, state);
}
