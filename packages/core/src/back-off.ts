import type { Attempt } from './attempt.ts';
import { fractionOf } from './fraction.ts';
import type { RetriedFailure, RetryRule } from './policy.ts';

/**
 * How long the next attempt waits after the `failures`-th failure, in seconds: `firstSeconds` · `factor`^(failures−1),
 * at most `capSeconds`, less a part of up to `jitterPercent` that `key` decides, so that devices which failed together
 * do not come back together. The same key waits the same.
 */
export function retryWaitSeconds(rule: RetryRule, failures: number, key: string): number {
  const whole = Math.min(rule.firstSeconds * rule.factor ** (failures - 1), rule.capSeconds);
  return Math.round(whole * (1 - (rule.jitterPercent / 100) * fractionOf(key)));
}

/** The name under which a policy may retry how an attempt ended; null for what no other try can change. */
export function failureOf({ state, reason }: Pick<Attempt, 'state' | 'reason'>): RetriedFailure | null {
  if (state === 'rolled-back') return 'rolled-back';
  if (state === 'timed-out') return reason === 'silence-limit' ? 'silence' : 'timed-out';
  if (state !== 'failed' || reason === 'incompatible') return null;
  return reason === 'booted-old-version' || reason === 'no-evidence' ? reason : 'failed';
}
