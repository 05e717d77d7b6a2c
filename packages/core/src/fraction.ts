const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const MIX = 0x85ebca6b;

/** A number in [0, 1) that looks random and is always the same for a key: FNV-1a, and the last step of murmur3 over it. */
export function fractionOf(key: string): number {
  let hash = FNV_OFFSET;
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), FNV_PRIME);
  hash = Math.imul(hash ^ (hash >>> 16), MIX);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}
