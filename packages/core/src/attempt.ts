import type { AssignmentEvent, AssignmentState } from './assignment-lifecycle.ts';
import type { AttemptEvent, AttemptState } from './attempt-lifecycle.ts';
import type { Evidence, EvidenceRule } from './evidence.ts';
import type { TimeLimits } from './time-limits.ts';

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number;

/** One try of an assignment as it is stored. `stateAt` is when it entered `state`, `heardAt` its device's last word about it. */
export type Attempt = {
  readonly state: AttemptState;
  readonly stateAt: Instant;
  readonly canceledFrom: AttemptState | null;
  readonly evidence: readonly Evidence[];
  readonly offeredAt: Instant | null;
  readonly installOfferedAt: Instant | null;
  readonly begunAt: Instant | null;
  readonly cancelRefusedAt: Instant | null;
  readonly heardAt: Instant | null;
  readonly endedAt: Instant | null;
  readonly reason: string | null;
};

/** Why an assignment that is being cancelled will have ended, once its device has acknowledged. */
export type CancelIntent = 'canceled' | 'superseded';

export type Assignment = {
  readonly state: AssignmentState;
  readonly reason: string | null;
  readonly failedAttempts: number;
  readonly cancelIntent: CancelIntent | null;
  readonly endedAt: Instant | null;
};

/** What stands still while an attempt runs: limits of its rollout, the device type's evidence, the device's poll interval. */
export type AttemptRules = {
  readonly timeLimits: TimeLimits;
  readonly evidence: EvidenceRule;
  readonly pollIntervalSeconds: number;
};

/** An assignment, its open attempt if one is born, and the rules they run under: what `decide` reads. */
export type AssignmentAggregate = {
  readonly assignment: Assignment;
  readonly attempt: Attempt | null;
  readonly rules: AttemptRules;
};

/** What `decide` asks its caller to do in the same transaction. */
export type Effect =
  | {
      readonly type: 'attempt-moved';
      readonly event: AttemptEvent;
      readonly from: AttemptState | null;
      readonly to: AttemptState;
    }
  | {
      readonly type: 'assignment-moved';
      readonly event: AssignmentEvent;
      readonly from: AssignmentState;
      readonly to: AssignmentState;
    }
  | { readonly type: 'release-runs' }
  | { readonly type: 'attributes-wanted' };

/** What happens to an assignment's attempt. */
export type AttemptInput =
  | { readonly type: 'offer-made'; readonly install: boolean }
  | { readonly type: 'offer-withdrawn' }
  | { readonly type: 'install-offered' }
  | { readonly type: 'first-byte' | 'all-bytes' }
  | {
      readonly type:
        'report-downloading' | 'report-downloaded' | 'report-proceeding' | 'report-installed' | 'report-noted';
    }
  | { readonly type: 'report-succeeded'; readonly vouches: Exclude<Evidence, 'observed'> }
  | { readonly type: 'report-failed' | 'report-rolled-back'; readonly reason: string | null }
  | { readonly type: 'attributes-reported'; readonly attributes: Readonly<Record<string, string>> }
  | { readonly type: 'found-incompatible' }
  | { readonly type: 'found-installed' }
  | {
      readonly type: 'cancel';
      readonly intent: CancelIntent;
      readonly ask: boolean;
      readonly by: 'operator' | 'server';
    }
  | { readonly type: 'cancel-acknowledged' | 'cancel-refused' }
  | { readonly type: 'force-quit' }
  | {
      readonly type: 'due';
      readonly lastContactAt: Instant | null;
      readonly listeningSince: Instant;
      /** When the attribute that the device type names was last reported, whatever it showed. */
      readonly versionReportedAt: Instant | null;
    };

export type Decision =
  | { readonly outcome: 'changed'; readonly state: AssignmentAggregate; readonly effects: readonly Effect[] }
  | { readonly outcome: 'unchanged' }
  | {
      readonly outcome: 'refused';
      readonly code: 'attempt-closed' | 'not-offered' | 'not-cancelable' | 'undeclared-transition';
    };
