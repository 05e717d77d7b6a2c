import type { Instant } from '../attempt.ts';
import type { Phase, RolloutAggregate, RolloutEffect, RolloutInput } from '../rollout-aggregate.ts';
import { decideRollout, nextLook } from '../rollout-step.ts';
import type { PhaseCourse } from './course.ts';
import type { ForecastInput } from './forecast-input.ts';
import type { Run } from './run.ts';

/** Lets core's rules decide, as they do for real rollouts, and notes in the run's course what comes of it. */
export function decideInRun(run: Run, input: RolloutInput, at: Instant): void {
  const decision = decideRollout(run.rollout, input, at);
  if (decision.outcome !== 'changed') return;
  run.rollout = decision.state;
  for (const effect of decision.effects) note(run, effect, at);
  const next = nextLook(run.rollout, null);
  if (next === null || next === run.lookAt) return;
  run.lookAt = next;
  run.queue.add(Math.max(at, next), { type: 'looks' });
}

export function look(run: Run, at: Instant): void {
  decideInRun(run, { type: 'look', counts: run.counts, firstWindowAt: null, isSweepDue: false }, at);
}

/** So many more members of a phase, by its index, have erred; fewer where `by` is negative. */
export function countErred(
  run: Run,
  { phase, by }: { readonly phase: number; readonly by: number },
  at: Instant,
): void {
  const phases = run.rollout.phases.map((one, index) => (index === phase ? { ...one, erred: one.erred + by } : one));
  run.rollout = { ...run.rollout, phases };
  decideInRun(run, { type: 'erred', phase: phase + 1 }, at);
}

/** Whether nobody new may begin. */
export function isHeld({ rollout }: Run): boolean {
  return rollout.state !== 'running';
}

/**
 * The rollout as it stands. Its devices are those of today, and a phase that a person starts is taken to be started as soon
 * as it may be.
 */
export function rolloutOf({ policy, phases, standing }: ForecastInput, open: readonly number[]): RolloutAggregate {
  return {
    ...standing,
    startedAt: null,
    endedAt: null,
    policy: { ...policy, dynamic: false },
    phases: phases.map((phase, at): Phase => {
      const { spec, state, startedAt, reachedAt, crossedAt, erred, succeeded, failed, withdrawn } = phase;
      const total = (open[at] ?? 0) + succeeded + failed + withdrawn;
      const byItself = { ...spec, next: 'automatic' } as const;
      return { number: at + 1, state, spec: byItself, total, erred, startedAt, reachedAt, crossedAt };
    }),
  };
}

function note(run: Run, effect: RolloutEffect, at: Instant): void {
  const { course } = run;
  switch (effect.type) {
    case 'phase-moved':
      if (effect.event !== 'start') return;
      courseOf(run, effect.phase).startedAt = at;
      return run.queue.add(at, { type: 'phase-starts', phase: effect.phase - 1 });
    case 'success-reached':
      courseOf(run, effect.phase).reachedAt = at;
      return;
    case 'rollout-moved':
      if (effect.to === 'finished') course.endedAt = at;
      else if (effect.to !== 'running') hold(run, at);
      return;
    case 'error-threshold-crossed':
    case 'close-phase':
    case 'return-wanted':
      return;
  }
}

function hold({ course, rollout }: Run, at: Instant): void {
  const isCrossed = rollout.reason === 'error-threshold';
  const phase = rollout.phases.findLastIndex((one) =>
    isCrossed ? one.crossedAt !== null : one.state === 'started' && one.reachedAt === null,
  );
  course.held ??= {
    at,
    reason: isCrossed ? 'error-threshold' : 'success-not-reached',
    erred: rollout.phases.reduce((sum, { erred }) => sum + erred, 0),
    phase,
  };
}

function courseOf({ course }: Run, number: number): PhaseCourse {
  return course.phases[number - 1] as PhaseCourse;
}
