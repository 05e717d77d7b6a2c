import type { Instant } from './attempt.ts';
import type { PhaseEvent, PhaseState } from './phase-lifecycle.ts';
import type { PhaseSpec } from './phase-spec.ts';
import type { RolloutPolicy } from './policy.ts';
import type { RolloutEvent, RolloutReason, RolloutState } from './rollout-lifecycle.ts';

/** A phase as far as its rollout's course depends on it. */
export type Phase = {
  readonly number: number;
  readonly state: PhaseState;
  readonly spec: PhaseSpec;
  /** All its members, whatever became of them. */
  readonly total: number;
  /** Members that have erred and not succeeded since. */
  readonly erred: number;
  readonly startedAt: Instant | null;
  /** When its success threshold was reached, or taken as reached by an operator. */
  readonly reachedAt: Instant | null;
  /** When its error threshold was crossed; null while it is not. */
  readonly crossedAt: Instant | null;
};

/** A rollout with its phases in the order of their numbers: what `decideRollout` reads. */
export type RolloutAggregate = {
  readonly state: RolloutState;
  readonly reason: RolloutReason | null;
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
  readonly policy: Pick<RolloutPolicy, 'start' | 'approval' | 'onFailure' | 'dynamic'>;
  readonly phases: readonly Phase[];
};

/** Members of a phase by what became of them, at a fold. */
export type PhaseCounts = {
  readonly open: number;
  readonly succeeded: number;
  readonly superseded: number;
  readonly canceled: number;
};

/** What happens to a rollout. */
export type RolloutInput =
  | { readonly type: 'materialised' }
  | {
      readonly type: 'approve';
      /** Whether the one who approves has made or changed it. */
      readonly isAuthor: boolean;
      readonly isPerson: boolean;
      /** Whether the one who approves has the right to. */
      readonly hasRight: boolean;
    }
  | { readonly type: 'deny' | 'start' | 'pause' | 'resume' | 'stop' }
  | { readonly type: 'start-phase' | 'skip-phase'; readonly phase: number }
  /** A member of the phase erred or recovered; the phase's `erred` counts it already. */
  | { readonly type: 'erred'; readonly phase: number }
  /** An operator changed its policy or phases; the state holds them already. */
  | { readonly type: 'changed' }
  /** The clock or a fold. */
  | {
      readonly type: 'look';
      readonly counts: ReadonlyMap<number, PhaseCounts>;
      /** When the first window of any member opens; null: never, or not asked. */
      readonly firstWindowAt: Instant | null;
      /** Silent members were to be looked for by now, and have not all been: they may cross an error threshold. */
      readonly isSweepDue: boolean;
    };

/** What `decideRollout` asks its caller to do in the same transaction. */
export type RolloutEffect =
  | {
      readonly type: 'rollout-moved';
      readonly event: RolloutEvent;
      readonly from: RolloutState;
      readonly to: RolloutState;
    }
  | {
      readonly type: 'phase-moved';
      readonly phase: number;
      readonly event: PhaseEvent;
      readonly from: PhaseState;
      readonly to: PhaseState;
    }
  | { readonly type: 'success-reached' | 'error-threshold-crossed'; readonly phase: number }
  /** Its members end as canceled, `phase-skipped`. */
  | { readonly type: 'close-phase'; readonly phase: number }
  /** Those that took the release are to be brought back to what they ran before. */
  | { readonly type: 'return-wanted'; readonly phase: number };

export type RolloutDecision =
  | { readonly outcome: 'changed'; readonly state: RolloutAggregate; readonly effects: readonly RolloutEffect[] }
  | { readonly outcome: 'unchanged' }
  | {
      readonly outcome: 'refused';
      readonly code:
        | 'rollout-state'
        | 'phase-state'
        | 'phase-unknown'
        | 'self-approval'
        | 'approval-needs-person'
        | 'not-permitted';
    };
