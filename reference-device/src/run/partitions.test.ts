import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { makePartitionTable } from '../image/partition-table.ts';
import { partitionsOf } from './partitions.ts';

const MIB = 1024 ** 2;

test('the partitions of a disk are found by their labels', async (t) => {
  const disk = [
    { label: 'env', startBytes: MIB, sizeBytes: 512 },
    { label: 'slot-a', startBytes: 2 * MIB, sizeBytes: 3 * MIB },
  ];
  const found = await partitionsOf(await aFile(t, makePartitionTable(disk, 8 * MIB).start));
  assert.deepEqual(
    [...found],
    [
      ['env', { offsetBytes: MIB, lengthBytes: 512 }],
      ['slot-a', { offsetBytes: 2 * MIB, lengthBytes: 3 * MIB }],
    ],
  );
});

test('a disk without a table is refused', async (t) => {
  await assert.rejects(partitionsOf(await aFile(t, Buffer.alloc(MIB))));
});

async function aFile(t: TestContext, bytes: Buffer): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'partitions-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'disk.img');
  await writeFile(file, bytes);
  return file;
}
