import type { AttemptState } from './attempt-lifecycle.ts';

/** How long an attempt may stand in each stage, and how long its device may say nothing; seconds, per rollout. */
export type TimeLimits = {
  readonly downloadingSeconds: number;
  readonly downloadedSeconds: number;
  readonly installingSeconds: number;
  readonly awaitingReportSeconds: number;
  readonly awaitingEvidenceSeconds: number;
  readonly cancelingSeconds: number;
  readonly silenceSeconds: number;
};

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

export const DEFAULT_TIME_LIMITS: TimeLimits = {
  downloadingSeconds: 2 * DAY_SECONDS,
  downloadedSeconds: 7 * DAY_SECONDS,
  installingSeconds: 6 * HOUR_SECONDS,
  awaitingReportSeconds: 2 * DAY_SECONDS,
  awaitingEvidenceSeconds: DAY_SECONDS,
  cancelingSeconds: DAY_SECONDS,
  silenceSeconds: 7 * DAY_SECONDS,
};

export const MIN_TIME_LIMIT_SECONDS = 1;
export const MAX_TIME_LIMIT_SECONDS = 365 * DAY_SECONDS;
/** In the place of a limit: none. It is a hundred years, so that every sum with it is a time. */
export const NO_LIMIT_SECONDS = 100 * 365 * DAY_SECONDS;

/** An offer nobody takes lapses after three polls, but never sooner than this. */
export const OFFER_MIN_SECONDS = 15 * 60;
const OFFER_POLLS = 3;

/** Seconds after which an offer lapses, for a device that polls each `pollIntervalSeconds`. */
export function offerLimitSeconds(pollIntervalSeconds: number): number {
  return Math.max(OFFER_POLLS * pollIntervalSeconds, OFFER_MIN_SECONDS);
}

/** The limit of a stage in seconds, or null where the stage has none of its own. */
export function stageLimitSeconds(state: AttemptState, limits: TimeLimits, pollIntervalSeconds: number): number | null {
  switch (state) {
    case 'offered':
      return offerLimitSeconds(pollIntervalSeconds);
    case 'downloading':
      return limits.downloadingSeconds;
    case 'downloaded':
      return limits.downloadedSeconds;
    case 'installing':
      return limits.installingSeconds;
    case 'awaiting-report':
      return limits.awaitingReportSeconds;
    case 'awaiting-evidence':
      return limits.awaitingEvidenceSeconds;
    case 'canceling':
      return limits.cancelingSeconds;
    case 'scheduled':
    case 'awaiting-consent':
    case 'ready':
    case 'succeeded':
    case 'failed':
    case 'rolled-back':
    case 'timed-out':
    case 'canceled':
      return null;
  }
}
