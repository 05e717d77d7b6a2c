import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip, createZstdCompress } from 'node:zlib';
import { BundleError, problem, refuse } from '../bundle-problem.ts';
import { byteSum } from '../cpio/byte-sum.ts';
import { LIMITS } from '../limits.ts';
import { DESCRIPTION_NAME, SIGNATURE_NAME } from '../report/bundle-report.ts';
import { isExtractable, isSafeName } from '../report/member-name.ts';
import type { EncryptWith, MemberInput } from './bundle-input.ts';

/** A member as it will be stored: where its bytes lie, and what the header and the description say of them. Plain data. */
export type StagedMember = {
  readonly filename: string;
  readonly file: string;
  readonly size: number;
  readonly sha256: string;
  readonly checksum: number;
  readonly iv?: string;
};

type Step = (source: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

const CHUNK_BYTES = 262_144;

/**
 * First pass over a member. What is compressed, encrypted or comes as a stream is written into `folder`; a plain file stays where it is and
 * is read again when the bundle is written. Throws `input-unreadable`, `option-invalid` or `name-unsafe`.
 */
export async function stageMember(input: MemberInput, folder: string): Promise<StagedMember> {
  const filename = memberName(input);
  const encryption = input.encrypt === undefined ? undefined : readEncryption(input.encrypt);
  const steps: Step[] = [];
  if (input.compress !== undefined)
    steps.push(through(input.compress === 'zlib' ? createGzip() : createZstdCompress()));
  if (encryption !== undefined)
    steps.push(through(createCipheriv(encryption.algorithm, encryption.key, encryption.iv)));
  const isPlainFile = steps.length === 0 && typeof input.source === 'string';
  const file = isPlainFile
    ? resolve(String(input.source))
    : join(folder, `member-${createHash('sha256').update(filename).digest('hex')}`);
  const tally = createTally();
  const source = typeof input.source === 'string' ? openFile(input.source) : input.source;
  const stored = steps.reduce((stream, step) => step(stream), source);
  try {
    await (isPlainFile ? tally.drain(stored) : pipeline(tally.follow(stored), createWriteStream(file)));
  } catch (error) {
    if (error instanceof BundleError) throw error;
    throw new BundleError(problem('input-unreadable', { member: filename, detail: String(error) }), error);
  }
  if (tally.size() > LIMITS.memberBytes)
    throw refuse('option-invalid', { member: filename, detail: 'a cpio member has less than 4 GiB' });
  return {
    filename,
    file,
    ...tally.result(),
    ...(encryption === undefined ? {} : { iv: encryption.iv.toString('hex') }),
  };
}

/** Second pass: the bytes again, which must not have changed since. */
export async function* readStaged(member: StagedMember): AsyncGenerator<Uint8Array> {
  const tally = createTally();
  try {
    yield* tally.follow(openFile(member.file));
  } catch (error) {
    throw new BundleError(problem('input-unreadable', { member: member.filename, detail: String(error) }), error);
  }
  if (tally.result().sha256 !== member.sha256)
    throw refuse('input-unreadable', { member: member.filename, detail: 'it has changed' });
}

function memberName({ source, filename }: MemberInput): string {
  const name = filename ?? (typeof source === 'string' ? basename(source) : '');
  const isFree = name !== DESCRIPTION_NAME && name !== SIGNATURE_NAME && name !== 'TRAILER!!!';
  if (!isSafeName(name) || !isExtractable(name) || !isFree) throw refuse('name-unsafe', { member: name });
  return name;
}

function readEncryption({ key, iv }: EncryptWith): { algorithm: string; key: Buffer; iv: Buffer } {
  if (!/^(?:[0-9a-f]{32}|[0-9a-f]{48}|[0-9a-f]{64})$/i.test(key))
    throw refuse('option-invalid', { detail: 'an AES key has 32, 48 or 64 hex digits' });
  if (iv !== undefined && !/^[0-9a-f]{32}$/i.test(iv))
    throw refuse('option-invalid', { detail: 'an AES iv has 32 hex digits' });
  const bytes = Buffer.from(key, 'hex');
  return {
    algorithm: `aes-${bytes.length * 8}-cbc`,
    key: bytes,
    iv: iv === undefined ? randomBytes(16) : Buffer.from(iv, 'hex'),
  };
}

function through(transform: NodeJS.ReadWriteStream & AsyncIterable<Uint8Array>): Step {
  return async function* (source) {
    const failure: unknown[] = [];
    const fed = pipeline(source, transform).catch((error: unknown) => void failure.push(error));
    yield* transform;
    await fed;
    if (failure.length > 0) throw failure[0];
  };
}

function openFile(path: string): AsyncIterable<Uint8Array> {
  return createReadStream(path, { highWaterMark: CHUNK_BYTES });
}

type Tally = {
  readonly follow: Step;
  readonly drain: (source: AsyncIterable<Uint8Array>) => Promise<void>;
  readonly size: () => number;
  readonly result: () => { readonly size: number; readonly sha256: string; readonly checksum: number };
};

/** Counts, sums and hashes what passes. */
function createTally(): Tally {
  const hash = createHash('sha256');
  let size = 0;
  let checksum = 0;
  function add(piece: Uint8Array): void {
    size += piece.length;
    checksum = byteSum(checksum, piece);
    hash.update(piece);
  }
  return {
    async *follow(source) {
      for await (const piece of source) {
        add(piece);
        yield piece;
      }
    },
    async drain(source) {
      for await (const piece of source) add(piece);
    },
    size: () => size,
    result: () => ({ size, sha256: hash.copy().digest('hex'), checksum }),
  };
}
