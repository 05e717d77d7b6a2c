import assert from 'node:assert/strict';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { readWriteLog, readWritten, type WriteLog } from './write-log.ts';

const SECTOR = 512;
const [FLUSH, FUA, DISCARD] = [1n, 2n, 4n];

test('writes are read with their places and data, and flushes by how many writes came before them', async () => {
  const entries = [entry(8, 'one'), entry(0, '', FLUSH), entry(16, 'two'), entry(24, 'three', FUA), entry(32, 'four')];
  await withLog(entries, (log, data) => {
    assert.deepEqual(
      log.writes.map(({ offset }) => offset / SECTOR),
      [8, 16, 24, 32],
    );
    assert.deepEqual(log.flushes, [1, 3]);
    assert.deepEqual(
      data.map((bytes) => bytes.toString('latin1').replaceAll('\0', '')),
      ['one', 'two', 'three', 'four'],
    );
  });
});

test('a discard has no data in the log, and reads as zeros', async () => {
  await withLog([entry(8, '', DISCARD, 2), entry(16, 'after')], (log, data) => {
    assert.equal(log.writes[0]?.dataAt, undefined);
    assert.deepEqual(data[0], Buffer.alloc(2 * SECTOR));
    assert.equal(data[1]?.toString('latin1', 0, 5), 'after');
  });
});

test('another file, and a log that ends within an entry, are refused', async () => {
  await withFile(Buffer.alloc(2 * SECTOR), async (file) => {
    await assert.rejects(readWriteLog(file), { code: 'write-log-unreadable' });
  });
  await withFile(superBlock(3), async (file) => {
    await assert.rejects(readWriteLog(file), { code: 'write-log-unreadable' });
  });
});

function superBlock(entries: number): Buffer {
  const bytes = Buffer.alloc(SECTOR);
  bytes.write('rhswfsj\0', 'latin1');
  bytes.writeBigUInt64LE(1n, 8);
  bytes.writeBigUInt64LE(BigInt(entries), 16);
  bytes.writeUInt32LE(SECTOR, 24);
  return bytes;
}

function entry(sector: number, text: string, flags = 0n, sectors = Math.ceil(text.length / SECTOR)): Buffer {
  const header = Buffer.alloc(SECTOR);
  header.writeBigUInt64LE(BigInt(sector), 0);
  header.writeBigUInt64LE(BigInt(sectors), 8);
  header.writeBigUInt64LE(flags, 16);
  const data = Buffer.alloc(text === '' ? 0 : sectors * SECTOR);
  data.write(text, 'latin1');
  return Buffer.concat([header, data]);
}

async function withLog(entries: readonly Buffer[], look: (log: WriteLog, data: Buffer[]) => void): Promise<void> {
  await withFile(Buffer.concat([superBlock(entries.length), ...entries]), async (file) => {
    const log = await readWriteLog(file);
    look(log, await Promise.all(log.writes.map((write) => readWritten(file, write))));
  });
}

async function withFile(bytes: Buffer, use: (file: Awaited<ReturnType<typeof open>>) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'write-log-'));
  try {
    await writeFile(path.join(folder, 'log'), bytes);
    await using file = await open(path.join(folder, 'log'));
    await use(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
