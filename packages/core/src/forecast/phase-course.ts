import type { Instant } from '../attempt.ts';
import { isErrorCrossed, isSuccessReached } from '../phase-thresholds.ts';
import type { ForecastPhase } from './forecast-input.ts';

/** How one phase fares in one run. */
export type PhaseCourse = {
  readonly phase: ForecastPhase;
  total: number;
  open: number;
  succeeded: number;
  erred: number;
  startedAt: Instant | null;
  reachedAt: Instant | null;
  endedAt: Instant | null;
};

/** Of a phase whose open members are `open` devices. */
export function newPhaseCourse(phase: ForecastPhase, open: number): PhaseCourse {
  const { succeeded, failed, withdrawn, erred, startedAt, reachedAt } = phase;
  const total = open + succeeded + failed + withdrawn;
  return { phase, total, open, succeeded, erred, startedAt, reachedAt, endedAt: null };
}

export function hasCrossed({ phase, total, erred }: PhaseCourse): boolean {
  return isErrorCrossed({ spec: phase.spec, total, erred });
}

export function hasReached({ phase, total, succeeded, open }: PhaseCourse): boolean {
  return isSuccessReached({ spec: phase.spec, total }, { open, succeeded, superseded: phase.withdrawn, canceled: 0 });
}
