import type { Instant } from './attempt.ts';
import { DEFAULT_TIME_LIMITS, type TimeLimits } from './time-limits.ts';
import type { WindowPlan } from './windows/window-plan.ts';

/** What a rollout, an automatic or a direct assignment asks of every one of its devices (design: a rollout is one object). */
export type RolloutPolicy = {
  readonly start: StartRule;
  /** `required`: by another person than its authors; `by-right`: by who has the right to approve, be it an author. */
  readonly approval: 'none' | 'required' | 'by-right';
  readonly action: ActionRule;
  readonly consent: ConsentRule;
  readonly windows: WindowRules;
  readonly pace: PaceRule;
  readonly retries: RetryRule;
  readonly timeLimits: TimeLimits;
  /** What follows when a phase's error threshold is crossed. */
  readonly onFailure: FailureAct;
  /** Devices that come to match after the start join its last phase that takes late-comers. */
  readonly dynamic: boolean;
  /** Ignores windows and blackouts; needs a right of its own, and is not superseded. */
  readonly emergency: boolean;
};

/** `first-window`: when the first window of any of its devices opens. */
export type StartRule =
  | { readonly by: 'hand' | 'ready' | 'first-window' }
  | { readonly by: 'time'; /** Epoch ms. */ readonly at: Instant };

/** `soft` leaves the moment to the device; `time-forced` is soft until `forcedAt`; `download-only` never grants the install. */
export type ActionRule =
  | { readonly kind: 'forced' | 'soft' | 'download-only' }
  | { readonly kind: 'time-forced'; readonly forcedAt: Instant };

/** The device user's yes. One that was declined is asked for again after `askAgainSeconds`. */
export type ConsentRule = { readonly required: boolean; readonly askAgainSeconds: number };

export type WindowRules = WindowPlan & {
  /** IANA zone, for devices that neither tell their own nor stand in a group that has one. */
  readonly zone: string;
  /** Whether downloads may go before the window opens. */
  readonly downloadAhead: boolean;
};

/** How many devices may be at work at once, be started in a minute, be at work at once at one site; null: any number. */
export type PaceRule = {
  readonly parallel: number | null;
  readonly perMinute: number | null;
  readonly perSite: number | null;
};

/** The ways an attempt fails that a policy may retry; `silence` and `no-evidence` are limits that passed. */
export const RETRIED_FAILURES = [
  'failed',
  'rolled-back',
  'timed-out',
  'silence',
  'booted-old-version',
  'no-evidence',
] as const;
export type RetriedFailure = (typeof RETRIED_FAILURES)[number];

/** New attempts after failures: the n-th waits `firstSeconds` · `factor`^(n−1), at most `capSeconds`, less a random part of up to `jitterPercent`. */
export type RetryRule = {
  /** Attempts after the first; 0: none. */
  readonly limit: number;
  readonly on: readonly RetriedFailure[];
  readonly firstSeconds: number;
  readonly factor: number;
  readonly capSeconds: number;
  readonly jitterPercent: number;
};

export const FAILURE_ACTS = ['pause', 'stop', 'return'] as const;
export type FailureAct = (typeof FAILURE_ACTS)[number];

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 60 * MINUTE_SECONDS;
const DAY_SECONDS = 24 * HOUR_SECONDS;

/** How often a device may refuse what it is offered: at the last of these the attempt has failed. */
export const MAX_OFFER_REFUSALS = 7;
export const MAX_RETRIES = 20;
export const MAX_RETRY_WAIT_SECONDS = 30 * DAY_SECONDS;
export const MAX_RETRY_FACTOR = 10;
export const MAX_PACE = 1_000_000;
export const MAX_WINDOWS = 20;
export const MAX_BLACKOUTS = 100;

export const DEFAULT_POLICY: RolloutPolicy = {
  start: { by: 'hand' },
  approval: 'none',
  action: { kind: 'forced' },
  consent: { required: false, askAgainSeconds: DAY_SECONDS },
  windows: { windows: [], blackouts: [], zone: 'UTC', downloadAhead: false },
  pace: { parallel: null, perMinute: null, perSite: null },
  retries: {
    limit: 0,
    on: ['failed', 'timed-out', 'silence'],
    firstSeconds: 10 * MINUTE_SECONDS,
    factor: 3,
    capSeconds: DAY_SECONDS,
    jitterPercent: 20,
  },
  timeLimits: DEFAULT_TIME_LIMITS,
  onFailure: 'pause',
  dynamic: false,
  emergency: false,
};

/** A policy with what `stored` leaves out filled in, part by part: policies outlive the versions that wrote them. */
export function completePolicy(stored: {
  readonly [K in keyof RolloutPolicy]?: Partial<RolloutPolicy[K]> | RolloutPolicy[K];
}): RolloutPolicy {
  const whole = { ...DEFAULT_POLICY, ...stored } as RolloutPolicy;
  return {
    ...whole,
    consent: { ...DEFAULT_POLICY.consent, ...whole.consent },
    windows: { ...DEFAULT_POLICY.windows, ...whole.windows },
    pace: { ...DEFAULT_POLICY.pace, ...whole.pace },
    retries: { ...DEFAULT_POLICY.retries, ...whole.retries },
    timeLimits: { ...DEFAULT_POLICY.timeLimits, ...whole.timeLimits },
  };
}
