import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { Transform } from 'node:stream';
import type { BundleProblemCode } from '../bundle-problem.ts';
import type { Compression } from '../description/entry.ts';
import { LIMITS } from '../limits.ts';

export type DecodeVerdict = Extract<BundleProblemCode, 'member-not-decodable' | 'member-ragged'> | null;

/** Follows a compressed member while it is read and says at its end whether SWUpdate could decode it. Nothing decoded is kept. */
export interface DecodeCheck {
  write(chunk: Uint8Array): Promise<void>;
  end(): Promise<DecodeVerdict>;
}

/** "zlib" means gzip in sw-description. Past `decodedBytesChecked` the rest is not decoded: a small member can decode to terabytes. */
export function createDecodeCheck(compression: Compression): DecodeCheck {
  const decoder = compression === 'zlib' ? createGunzip() : createZstdDecompress();
  return compression === 'zstd' ? withZstdWindow(followDecoder(decoder)) : followDecoder(decoder);
}

function followDecoder(decoder: Transform): DecodeCheck {
  let verdict: DecodeVerdict = null;
  let isOver = false;
  let isClosed = false;
  let decoded = 0;
  let head = Buffer.alloc(0);
  decoder.on('data', (piece: Uint8Array) => {
    decoded += piece.length;
    if (decoded > LIMITS.decodedBytesChecked) isOver = true;
  });
  decoder.on('error', (error: NodeJS.ErrnoException) => {
    verdict = error.code === 'Z_BUF_ERROR' || isSecondMember(error, head) ? 'member-ragged' : 'member-not-decodable';
  });
  // An end before ours means that other bytes follow the compressed data.
  decoder.on('end', () => {
    if (!decoder.writableEnded) [isOver, verdict] = [true, 'member-ragged'];
  });
  decoder.on('close', () => ([isOver, isClosed] = [true, true]));
  function settle(act: (done: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        decoder.off('close', done);
        resolve();
      };
      decoder.once('close', done);
      act(done);
    });
  }
  return {
    async write(chunk) {
      if (head.length < GZIP_MAGIC.length) head = Buffer.concat([head, chunk.subarray(0, GZIP_MAGIC.length)]);
      if (!isOver) await settle((done) => decoder.write(chunk, done));
    },
    async end() {
      if (!isClosed) await settle(() => (isOver ? decoder.destroy() : decoder.end()));
      return verdict;
    },
  };
}

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);

/** What begins as gzip and then has a wrong header is followed by other bytes, which SWUpdate takes up to its buffer of 16 KiB. */
function isSecondMember(error: Error, head: Buffer): boolean {
  return error.message === 'incorrect header check' && head.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC);
}

const ZSTD_MAGIC = 0xfd2fb528;
const ZSTD_HEADER_BYTES = 14;

/** Looks at the first frame's window: too large for SWUpdate is bad, too large for our memory is not decoded. */
function withZstdWindow(decode: DecodeCheck): DecodeCheck {
  let head = Buffer.alloc(0);
  let verdict: DecodeVerdict = null;
  let isDecoding: boolean | undefined;
  async function decide(): Promise<void> {
    const window = zstdWindowBytes(head);
    if (window > LIMITS.zstdWindowBytes) verdict = 'member-not-decodable';
    isDecoding = window <= LIMITS.zstdWindowBytesDecoded;
    if (isDecoding) await decode.write(head);
  }
  return {
    async write(chunk) {
      if (isDecoding === true) return decode.write(chunk);
      if (isDecoding === false) return;
      head = Buffer.concat([head, chunk]);
      if (head.length >= ZSTD_HEADER_BYTES) await decide();
    },
    async end() {
      if (isDecoding === undefined) await decide();
      const decoded = await decode.end();
      return isDecoding === true ? decoded : verdict;
    },
  };
}

/** Window_Size of a zstd frame (RFC 8878 3.1.1.1); 0 where the bytes are no frame, which the decoder then says. */
function zstdWindowBytes(head: Buffer): number {
  if (head.length < ZSTD_HEADER_BYTES || head.readUInt32LE(0) !== ZSTD_MAGIC) return 0;
  const descriptor = head[4] ?? 0;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  if (!isSingleSegment) {
    const exponent = (head[5] ?? 0) >> 3;
    const base = 2 ** (10 + exponent);
    return base + (base / 8) * ((head[5] ?? 0) & 7);
  }
  const at = 5 + dictionaryBytes;
  switch (descriptor >> 6) {
    case 0:
      return head[at] ?? 0;
    case 1:
      return head.readUInt16LE(at) + 256;
    default:
      return at + 4 <= head.length ? head.readUInt32LE(at) : 0;
  }
}
