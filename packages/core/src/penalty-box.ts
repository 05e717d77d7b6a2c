import type { Instant } from './attempt.ts';

/** A device whose attempts failed `failures` times within `withinSeconds` is set aside for `seconds`; 0 failures: never. */
export type PenaltyRule = { readonly failures: number; readonly withinSeconds: number; readonly seconds: number };

const DAY_SECONDS = 86_400;

export const DEFAULT_PENALTY_RULE: PenaltyRule = { failures: 3, withinSeconds: DAY_SECONDS, seconds: DAY_SECONDS };
export const MAX_PENALTY_FAILURES = 100;
export const MAX_PENALTY_SECONDS = 365 * DAY_SECONDS;

/**
 * From when on failures count, for a device whose earlier ones are forgotten until `since`: it was set aside for them, or
 * was released.
 */
export function penaltyCountsFrom(rule: PenaltyRule, since: Instant | null, now: Instant): Instant {
  return Math.max(since ?? 0, now - rule.withinSeconds * 1000);
}

/** Until when a device with so many counted failures is set aside, or null where it goes on. */
export function penaltyUntil(rule: PenaltyRule, failures: number, now: Instant): Instant | null {
  return rule.failures > 0 && failures >= rule.failures ? now + rule.seconds * 1000 : null;
}
