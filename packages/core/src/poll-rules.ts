import { fractionOf } from './fraction.ts';
import { MAX_POLL_INTERVAL_SECONDS, MIN_POLL_INTERVAL_SECONDS } from './interval.ts';

/** A poll interval, and by how much of it a device's own may differ. */
export type PollSpan = { readonly seconds: number; readonly deviationPercent: number };

/** `names`: whose names of fields the filter uses, ours or those of hawkBit's API. */
export type PollOverride = PollSpan & { readonly filter: string; readonly names: 'own' | 'hawkbit' };

/**
 * How a tenant's devices depart from its poll interval: of the overrides the first that matches counts, and before a window
 * opens they are to ask so often.
 */
export type PollRules = {
  readonly deviationPercent: number;
  readonly overrides: readonly PollOverride[];
  readonly pollsBeforeWindow: number;
};

/** hawkBit's default. */
const DEFAULT_POLLS_BEFORE_WINDOW = 3;
export const MAX_POLLS_BEFORE_WINDOW = 1000;
export const NO_POLL_RULES: PollRules = {
  deviationPercent: 0,
  overrides: [],
  pollsBeforeWindow: DEFAULT_POLLS_BEFORE_WINDOW,
};

/**
 * A device's own interval in whole seconds: spread evenly over the deviation by its key, so that devices which asked
 * together do not go on asking together. The same key waits the same.
 */
export function deviated({ seconds, deviationPercent }: PollSpan, key: string): number {
  if (deviationPercent === 0) return seconds;
  const part = (deviationPercent / 100) * (2 * fractionOf(key) - 1);
  const own = Math.round(seconds * (1 + part));
  return Math.min(MAX_POLL_INTERVAL_SECONDS, Math.max(MIN_POLL_INTERVAL_SECONDS, own));
}
