import { BundleError, refuse } from '../bundle-problem.ts';
import { LIMITS } from '../limits.ts';
import { byteSum } from './byte-sum.ts';
import { type CpioFormat, type CpioHeader, padding, parseCpioHeader, TRAILER } from './header.ts';

/** A member as its header announces it; `offset` is where its bytes begin in the archive. */
export type CpioMember = {
  readonly name: string;
  readonly size: number;
  readonly offset: number;
  readonly format: CpioFormat;
};

/** Receives an archive's members in order. All three are called while `push` runs; `data` chunks are borrowed. */
export interface CpioSink {
  begin(member: CpioMember): void;
  data(chunk: Uint8Array): void;
  end(member: CpioMember): void;
}

export interface CpioReader {
  /** Reads on. Throws a BundleError for what is no cpio; afterwards the reader must not be used. */
  push(chunk: Uint8Array): void;
  /** The source has ended: throws `truncated` unless the trailer was read. */
  finish(): void;
  readonly bytesRead: number;
}

type State = 'header' | 'name' | 'data' | 'padding' | 'done';

/**
 * Reads a cpio archive (newc or crc) that arrives in pieces of any size, keeping at most one header and one name. The crc format's sums are
 * verified. What follows the trailer is ignored, as SWUpdate does.
 */
export function createCpioReader(sink: CpioSink): CpioReader {
  let state: State = 'header';
  let pending = Buffer.alloc(0);
  let left: number = LIMITS.headerBytes;
  let bytesRead = 0;
  let header: CpioHeader | undefined;
  let member: CpioMember | undefined;
  let sum = 0;
  let members = 0;

  function enter(next: State, bytes: number): void {
    state = next;
    left = bytes;
    pending = Buffer.alloc(0);
  }

  function readHeader(bytes: Uint8Array): void {
    header = parseCpioHeader(bytes);
    enter('name', header.nameBytes + padding(LIMITS.headerBytes + header.nameBytes));
  }

  function readName(bytes: Uint8Array): void {
    if (header === undefined) throw new Error('a name without a header');
    const name = nameOf(bytes.subarray(0, header.nameBytes));
    if (name === TRAILER) return enter('done', 0);
    if (++members > LIMITS.members) throw refuse('too-many-members', { detail: `more than ${LIMITS.members}` });
    member = { name, size: header.size, offset: bytesRead, format: header.format };
    sum = 0;
    sink.begin(member);
    enter('data', header.size);
  }

  function endOfData(): void {
    if (header === undefined || member === undefined) throw new Error('data without a member');
    if (header.format === 'crc' && sum !== header.checksum) throw refuse('checksum-wrong', { member: member.name });
    sink.end(member);
    enter('padding', padding(header.size));
  }

  /** SWUpdate stops at the trailer's name: the zeros that fill it up may be missing. */
  function isBareTrailer(): boolean {
    if (state !== 'name' || header === undefined || pending.length < header.nameBytes) return false;
    return nameOf(pending.subarray(0, header.nameBytes)) === TRAILER;
  }

  /** Ends every state that needs no more bytes; an empty member passes through several. */
  function settle(): void {
    while (left === 0 && state !== 'done') {
      if (state === 'header') readHeader(pending);
      else if (state === 'name') readName(pending);
      else if (state === 'data') endOfData();
      else enter('header', LIMITS.headerBytes);
    }
  }

  function take(piece: Uint8Array): void {
    left -= piece.length;
    bytesRead += piece.length;
    if (state === 'data') {
      if (header?.format === 'crc') sum = byteSum(sum, piece);
      sink.data(piece);
    } else if (state !== 'padding') {
      pending = Buffer.concat([pending, piece]);
    }
    settle();
  }

  return {
    push(chunk) {
      let rest = chunk;
      while (rest.length > 0 && state !== 'done') {
        const piece = rest.subarray(0, left);
        rest = rest.subarray(piece.length);
        withMember(member?.name, () => take(piece));
      }
      bytesRead += rest.length;
    },
    finish() {
      if (state === 'done' || isBareTrailer()) return;
      throw refuse('truncated', member === undefined ? {} : { member: member.name });
    },
    get bytesRead() {
      return bytesRead;
    },
  };
}

/** SWUpdate takes the name up to its first NUL. Bytes that are no UTF-8 stay distinguishable as U+FFFD and are refused as unsafe. */
function nameOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString('utf8');
}

/** A problem of the archive's structure names the member after which it stands. */
function withMember(name: string | undefined, read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof BundleError) || name === undefined || error.problem.member !== undefined) throw error;
    throw new BundleError({ ...error.problem, member: name }, error);
  }
}
