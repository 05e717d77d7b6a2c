const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * A number from 0 up to 1 that looks random and is always the same for the same `seed` and `words`: a hash (FNV-1a, then
 * the finalizer of MurmurHash3), so that no device's chance depends on who asked before.
 */
export function chance(seed: number, ...words: readonly string[]): number {
  let hash = FNV_OFFSET ^ seed;
  for (const character of words.join('\0')) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), FNV_PRIME);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
