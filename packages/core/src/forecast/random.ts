import { FNV_PRIME, fnv1a } from '../fnv.ts';

/** Numbers in [0, 1) that look random and are always the same for a seed: no two runs of a forecast differ by chance. */
export type Random = () => number;

const WEYL = 0x9e3779b9;

/** A stream of them: murmur3's last step over a counter that starts at the seed's FNV-1a. */
export function randomFrom(seed: string): Random {
  let state = fnv1a(seed);
  return () => {
    state = (state + WEYL) | 0;
    return mixed(state);
  };
}

/** One number for a pair of integers. */
export function fractionOfPair(first: number, second: number): number {
  return mixed(Math.imul(first ^ WEYL, FNV_PRIME) ^ Math.imul(second, WEYL));
}

/** From the standard normal distribution (Box and Muller). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

const COUNTED_ONE_BY_ONE = 60;

/** How many of `n` come true, each with probability `share`. */
export function binomial(random: Random, n: number, share: number): number {
  if (share <= 0) return 0;
  if (share >= 1) return n;
  if (n > COUNTED_ONE_BY_ONE) {
    const drawn = Math.round(n * share + normal(random) * Math.sqrt(n * share * (1 - share)));
    return Math.min(n, Math.max(0, drawn));
  }
  let hits = 0;
  for (let at = 0; at < n; at += 1) if (random() < share) hits += 1;
  return hits;
}

function mixed(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
