import type { Instant } from '../attempt.ts';
import type { PhaseSpec } from '../phase-spec.ts';
import type { PhaseState } from '../phase-lifecycle.ts';
import type { RolloutPolicy } from '../policy.ts';
import type { RolloutReason } from '../rollout-lifecycle.ts';
import type { EndCount, Stage, StageCount } from './stage-times.ts';

/** All that a forecast is made from: a rollout as it is planned or stands, its devices, and what is known of the past. */
export type ForecastInput = {
  /** When it starts, or now if it runs. */
  readonly from: Instant;
  readonly policy: RolloutPolicy;
  /** Where it stands: one that is paused is taken to be resumed, one that is ready to be started. */
  readonly standing: Standing;
  readonly phases: readonly ForecastPhase[];
  readonly cohorts: readonly Cohort[];
  /** What each device downloads. */
  readonly bytes: number;
  readonly history: History;
  readonly seed: string;
};

export type Standing = {
  readonly state: 'ready' | 'running' | 'paused';
  readonly reason: RolloutReason | null;
};

/** A phase with what has already become of its members; those that are open come in cohorts. */
export type ForecastPhase = {
  readonly spec: PhaseSpec;
  readonly state: PhaseState;
  readonly startedAt: Instant | null;
  readonly reachedAt: Instant | null;
  /** When its error threshold was crossed; null while it is not. */
  readonly crossedAt: Instant | null;
  readonly succeeded: number;
  readonly failed: number;
  /** Superseded and canceled: no success is asked of them. */
  readonly withdrawn: number;
  readonly erred: number;
};

/** A phase that has not started; `succeeded` of its members run the release already. */
export function waitingPhase(spec: PhaseSpec, succeeded = 0): ForecastPhase {
  const none = { startedAt: null, reachedAt: null, crossedAt: null, failed: 0, withdrawn: 0, erred: 0 };
  return { spec, state: 'waiting', ...none, succeeded };
}

/** Open members of one phase that are alike in what a forecast asks. */
export type Cohort = {
  /** Index. */
  readonly phase: number;
  readonly devices: number;
  /** Device type by its id (0: none) and link class. */
  readonly deviceType: number;
  readonly link: number;
  readonly zone: string;
  readonly pollSeconds: number;
  readonly contact: ContactPattern;
  /** The site they stand at and how many of the rollout's devices do; null: of no site. */
  readonly site: { readonly name: string; readonly devices: number } | null;
  readonly progress: CohortProgress;
};

/** Days since 1970, each with the hours, UTC, in which there was contact: bit n for the hour that begins at n o'clock. */
export type PastDays = readonly { readonly day: number; readonly mask: number }[];

/**
 * When devices were in contact. No days of its own: nothing is known, and they are taken to be always there. `others` are
 * days of devices of like habits.
 */
export type ContactPattern = {
  readonly own: PastDays;
  readonly others: PastDays;
  readonly lastContactAt: Instant | null;
};

/** Where they stand; the n-th attempt waits, or works on a stage since then. */
export type CohortProgress = {
  readonly ordinal: number;
  readonly erred: boolean;
  readonly at:
    | { readonly state: 'waiting'; readonly notBefore: Instant | null }
    | { readonly state: 'working'; readonly stage: Stage; readonly since: Instant };
};

export const FRESH: CohortProgress = { ordinal: 1, erred: false, at: { state: 'waiting', notBefore: null } };

export type History = {
  readonly stages: readonly StageCount[];
  readonly ends: readonly EndCount[];
  /** `taken-as-is`: the shares of a rehearsal, which no prior waters down. */
  readonly certainty: 'measured' | 'taken-as-is';
};
