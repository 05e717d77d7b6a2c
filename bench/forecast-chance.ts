/** A number in [0, 1) that is always the same for the same integers: no device's fate depends on who was asked before. */
export function chance(...numbers: readonly number[]): number {
  let hash = 0x2545f491;
  for (const number of numbers) {
    hash = Math.imul(hash ^ number, 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca77);
    hash ^= hash >>> 13;
  }
  return (Math.imul(hash, 0xc2b2ae3d) >>> 0) / 2 ** 32;
}

/** From the standard normal distribution. */
export function bell(...numbers: readonly number[]): number {
  return Math.sqrt(-2 * Math.log(1 - chance(...numbers, 1))) * Math.cos(2 * Math.PI * chance(...numbers, 2));
}

export function pick<T>(from: readonly T[], fraction: number): T {
  return from[Math.floor(fraction * from.length)] as T;
}
