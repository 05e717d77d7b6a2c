/**
 * The `crc` format's checksum: the sum of all bytes modulo 2^32 (not a CRC). Four bytes at a time, as a sum of 16-bit lanes that is folded
 * before a lane can overflow.
 */
export function byteSum(sum: number, bytes: Uint8Array): number {
  const head = Math.min((4 - (bytes.byteOffset % 4)) % 4, bytes.length);
  const words = Math.floor((bytes.length - head) / 4);
  let total = sum;
  for (let index = 0; index < head; index++) total += bytes[index] ?? 0;
  if (words > 0) total += sumOfWords(new Uint32Array(bytes.buffer, bytes.byteOffset + head, words));
  for (let index = head + words * 4; index < bytes.length; index++) total += bytes[index] ?? 0;
  return total % 2 ** 32;
}

/** 64 words add at most 2 * 255 * 64 = 32 640 to a lane, and the two lanes stay below 2^31 (fast integers). */
const WORDS_PER_FOLD = 64;

function sumOfWords(words: Uint32Array): number {
  let total = 0;
  for (let start = 0; start < words.length; start += WORDS_PER_FOLD) {
    const end = Math.min(start + WORDS_PER_FOLD, words.length);
    let lanes = 0;
    for (let index = start; index < end; index++) {
      const word = words[index] ?? 0;
      lanes += (word & 0x00ff00ff) + ((word >>> 8) & 0x00ff00ff);
    }
    total += (lanes & 0xffff) + (lanes >>> 16);
  }
  return total;
}
