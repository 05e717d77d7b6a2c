import type { WindowProblemCode } from './windows/check-window-plan.ts';

export type RolloutProblemCode =
  | 'filter-matches-nothing'
  | 'release-incompatible'
  | 'some-incompatible'
  | 'percent-over-100'
  | 'count-over-matched'
  | 'phase-empty'
  | 'phases-leave-rest'
  | 'error-threshold-without-minimum'
  | 'error-minimum-over-phase'
  | 'error-percent-never-crossed'
  | 'success-needs-all'
  | 'start-in-the-past'
  | 'start-twice'
  | 'forced-at-in-the-past'
  | 'limit-under-install'
  | 'no-site-told'
  | 'retry-cap-under-wait'
  | 'direct-ignores'
  | 'no-window-to-start-in'
  | 'windows-ignored'
  | 'return-impossible'
  | 'return-leaves-out'
  | 'return-leaves-unknown'
  | WindowProblemCode;

/** `refused`: it cannot be meant. `warned`: it can be, and surprises. `path` names the part of the draft, as the API writes it. */
export type RolloutProblem = {
  readonly code: RolloutProblemCode;
  readonly path: string;
  readonly severity: 'refused' | 'warned';
  /** What is wrong, and what to change. */
  readonly message: string;
};

export function refused(code: RolloutProblemCode, path: string, message: string): RolloutProblem {
  return { code, path, severity: 'refused', message };
}

export function warned(code: RolloutProblemCode, path: string, message: string): RolloutProblem {
  return { code, path, severity: 'warned', message };
}

/** "1 device", "12 devices" */
export function devicesText(count: number): string {
  return `${count} ${count === 1 ? 'device' : 'devices'}`;
}
