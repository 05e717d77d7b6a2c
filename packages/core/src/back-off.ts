import type { Attempt } from './attempt.ts';
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

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const MIX = 0x85ebca6b;

/** A number in [0, 1) that looks random and is always the same for a key: FNV-1a, and the last step of murmur3 over it. */
function fractionOf(key: string): number {
  let hash = FNV_OFFSET;
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), FNV_PRIME);
  hash = Math.imul(hash ^ (hash >>> 16), MIX);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}
