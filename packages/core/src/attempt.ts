import type { AssignmentEvent, AssignmentState } from './assignment-lifecycle.ts';
import type { AttemptEvent, AttemptState } from './attempt-lifecycle.ts';
import type { Evidence, EvidenceRule } from './evidence.ts';
import type { ConsentRule, RetryRule } from './policy.ts';
import type { TimeLimits } from './time-limits.ts';

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number;

/** The device user's answer about one attempt; null where none was asked for yet. */
export const CONSENT_STATES = ['asked', 'given', 'declined'] as const;
export type ConsentState = (typeof CONSENT_STATES)[number];

/**
 * One try of an assignment as it is stored. `stateAt` is when it entered `state`, `heardAt` its device's last word about
 * it, `reason` our code for how it ended and `message` the device's own words.
 */
export type Attempt = {
  readonly state: AttemptState;
  readonly stateAt: Instant;
  readonly canceledFrom: AttemptState | null;
  readonly consent: ConsentState | null;
  /** After a no: the next question for consent comes no sooner. */
  readonly asksAgainAt: Instant | null;
  readonly evidence: readonly Evidence[];
  readonly offeredAt: Instant | null;
  readonly installOfferedAt: Instant | null;
  readonly begunAt: Instant | null;
  readonly cancelRefusedAt: Instant | null;
  /** When its device last refused the offer, before it began, and its words for that. */
  readonly refusedAt: Instant | null;
  readonly refusal: string | null;
  /** How many of its offers the device has refused. */
  readonly refusals: number;
  readonly heardAt: Instant | null;
  readonly endedAt: Instant | null;
  readonly reason: string | null;
  readonly message: string | null;
  /** Whether it holds a place of its rollout's pace (design: 6-data 13). */
  readonly paceHeld: boolean;
  /** The slot that the device showed when the attempt began, and its boot id when it said that it had installed. */
  readonly slotBefore: string | null;
  readonly bootIdBefore: string | null;
};

/** Why an assignment that is being cancelled will have ended, once its device has acknowledged. */
export type CancelIntent = 'canceled' | 'superseded';

export type Assignment = {
  readonly state: AssignmentState;
  readonly reason: string | null;
  readonly message: string | null;
  /** Attempts that were born, and those of them that failed. */
  readonly attempts: number;
  readonly failedAttempts: number;
  /** Counted as an error of its phase, until a success takes it out (design: 6-data 14). */
  readonly erred: boolean;
  readonly cancelIntent: CancelIntent | null;
  /** The end of its back-off: the next attempt is offered no sooner. */
  readonly notBefore: Instant | null;
  readonly endedAt: Instant | null;
};

/** What stands still while an attempt runs: the policy of its rollout, the device type's evidence, the device's poll interval. */
export type AttemptRules = {
  readonly timeLimits: TimeLimits;
  readonly evidence: EvidenceRule;
  readonly pollIntervalSeconds: number;
  /** Null where nothing more is to be tried, whatever the policy says: its rollout is being stopped. */
  readonly retries: RetryRule | null;
  /** Names the assignment among all: the jitter of its back-off is a hash of it. */
  readonly retryKey: string;
  readonly consent: ConsentRule;
  readonly downloadOnly: boolean;
  /** Whether the rollout limits its pace: then what begins takes a place. */
  readonly paced: boolean;
};

/**
 * An assignment, its newest attempt, and the rules they run under: what `decide` reads. `attempt` is null where none is
 * born; an ended attempt of an open assignment counts as none.
 */
export type AssignmentAggregate = {
  readonly assignment: Assignment;
  readonly attempt: Attempt | null;
  readonly rules: AttemptRules;
};

/**
 * What `decide` asks its caller to do in the same transaction. `erred` and `recovered` come last: they lock the phase's
 * row (design: 6-data 14, 16). `pace-taken` goes over the cap if need be: the device is at work already.
 */
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
  | { readonly type: 'attributes-wanted' }
  | { readonly type: 'attempt-failed' }
  | { readonly type: 'pace-taken' | 'pace-freed' }
  | { readonly type: 'erred' | 'recovered' };

/** Why an attempt ends without its device being asked. */
export type QuitReason = 'force-quit' | 'device-deleted' | 'decommissioned';

/** What happens to an assignment's attempt. */
export type AttemptInput =
  | { readonly type: 'consent-asked' | 'consent-given' }
  | { readonly type: 'consent-declined' }
  /** `paced`: a place of the rollout's pace was reserved for it. */
  | { readonly type: 'offer-made'; readonly install: boolean; readonly paced?: boolean }
  | { readonly type: 'offer-withdrawn' }
  | { readonly type: 'install-offered'; readonly paced?: boolean }
  | { readonly type: 'first-byte' | 'all-bytes' }
  | {
      readonly type:
        | 'report-downloading'
        | 'report-downloaded'
        | 'report-proceeding'
        | 'report-installed'
        | 'report-noted';
    }
  /** The device does not want it now: what has not begun is offered again later, what has begun goes on. */
  | { readonly type: 'offer-refused'; readonly message: string | null }
  | { readonly type: 'report-succeeded'; readonly vouches: Exclude<Evidence, 'observed'> }
  | { readonly type: 'report-failed' | 'report-rolled-back'; readonly message: string | null }
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
  | { readonly type: 'force-quit'; readonly reason?: QuitReason }
  /** Other hardware stands in the device's place: what it was to get, the new one is to get. */
  | { readonly type: 'device-replaced' }
  | {
      readonly type: 'due';
      readonly lastContactAt: Instant | null;
      readonly listeningSince: Instant;
      /** When an attribute that tells what runs was last reported, whatever it showed. */
      readonly evidenceReportedAt: Instant | null;
    };

export type Decision =
  | { readonly outcome: 'changed'; readonly state: AssignmentAggregate; readonly effects: readonly Effect[] }
  | { readonly outcome: 'unchanged' }
  | {
      readonly outcome: 'refused';
      readonly code:
        | 'attempt-closed'
        | 'not-offered'
        | 'not-cancelable'
        | 'consent-missing'
        | 'consent-not-awaited'
        | 'undeclared-transition';
    };
