import type { FileHandle } from 'node:fs/promises';

/**
 * What a disk was told, in its order: the log of QEMU's `blklogwrites` driver, in the format of Linux' dm-log-writes
 * (Documentation/admin-guide/device-mapper/log-writes.rst): a super block in the first sector, then for each entry a sector of
 * header and, for a write, its data. All numbers are little endian.
 */
export type WriteLog = {
  readonly writes: readonly LoggedWrite[];
  /** How many writes had been told before each flush, ascending. */
  readonly flushes: readonly number[];
};

export type LoggedWrite = {
  /** Bytes from the disk's begin. */
  readonly offset: number;
  readonly length: number;
  /** Where its data lies in the log's file; undefined for a discard, whose bytes read as zeros from then on. */
  readonly dataAt: number | undefined;
};

export class WriteLogError extends Error {
  readonly code = 'write-log-unreadable';
}

const MAGIC = 0x6a_73_66_77_73_68_72n;
const VERSION = 1n;
const SECTOR_BYTES = 512;
const FLUSH = 1n;
const FUA = 2n;
const DISCARD = 4n;

/**
 * Reads the headers of a log, not its data. A write that is durable by itself (FUA) counts as one before a flush: QEMU does the
 * same to the file below. Throws `write-log-unreadable`.
 */
export async function readWriteLog(file: FileHandle): Promise<WriteLog> {
  const entries = await readSuperBlock(file);
  const writes: LoggedWrite[] = [];
  const flushes: number[] = [];
  let at = SECTOR_BYTES;
  for (let entry = 0; entry < entries; entry++) {
    const header = await readAt(file, at, SECTOR_BYTES);
    at += SECTOR_BYTES;
    const [offset, length] = [sectors(header, 0), sectors(header, 8)];
    const flags = header.readBigUInt64LE(16);
    // A flush comes before the write that carries it.
    if ((flags & FLUSH) !== 0n) flushes.push(writes.length);
    const isDiscard = (flags & DISCARD) !== 0n;
    if (length > 0) writes.push({ offset, length, dataAt: isDiscard ? undefined : at });
    if ((flags & FUA) !== 0n) flushes.push(writes.length);
    if (!isDiscard) at += length;
  }
  return { writes, flushes };
}

/** The bytes of one write; zeros for a discard. */
export async function readWritten(file: FileHandle, write: LoggedWrite): Promise<Buffer> {
  return write.dataAt === undefined ? Buffer.alloc(write.length) : readAt(file, write.dataAt, write.length);
}

async function readSuperBlock(file: FileHandle): Promise<number> {
  const superBlock = await readAt(file, 0, SECTOR_BYTES);
  if (superBlock.readBigUInt64LE(0) !== MAGIC || superBlock.readBigUInt64LE(8) !== VERSION)
    throw new WriteLogError('the file does not begin as a log of writes');
  if (superBlock.readUInt32LE(24) !== SECTOR_BYTES) throw new WriteLogError('the log has sectors of another size');
  return Number(superBlock.readBigUInt64LE(16));
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead !== length) throw new WriteLogError(`the log ends at byte ${position + bytesRead}, within an entry`);
  return buffer;
}

function sectors(header: Buffer, at: number): number {
  return Number(header.readBigUInt64LE(at)) * SECTOR_BYTES;
}
