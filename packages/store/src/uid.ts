import { randomBytes } from 'node:crypto';

/**
 * A new UUIDv7 (RFC 9562, 5.7): 48 bits of `now` (epoch ms), then 74 random bits, so that what is made later sorts
 * later, up to a millisecond.
 */
export function newUid(now: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
