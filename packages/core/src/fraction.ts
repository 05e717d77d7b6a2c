import { fnv1a } from './fnv.ts';

const MIX = 0x85ebca6b;

/** A number in [0, 1) that looks random and is always the same for a key: FNV-1a, and the last step of murmur3 over it. */
export function fractionOf(key: string): number {
  const whole = fnv1a(key);
  const hash = Math.imul(whole ^ (whole >>> 16), MIX);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}
