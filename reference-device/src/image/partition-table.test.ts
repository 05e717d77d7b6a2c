import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { makePartitionTable } from './partition-table.ts';

const SECTOR = 512;
const DISK_BYTES = 16 * 1024 * 1024;
const ENTRIES_BYTES = 128 * 128;
const PARTITIONS = [
  { label: 'boot', startBytes: 1024 * 1024, sizeBytes: 4 * 1024 * 1024 },
  { label: 'slot-a', startBytes: 5 * 1024 * 1024, sizeBytes: 8 * 1024 * 1024 },
];

test('each partition is found by its name, with its first and last sector', () => {
  const { start } = makePartitionTable(PARTITIONS, DISK_BYTES);
  for (const [index, { label, startBytes, sizeBytes }] of PARTITIONS.entries()) {
    const entry = start.subarray(2 * SECTOR + index * 128);
    assert.equal(entry.toString('utf16le', 56, 56 + label.length * 2), label);
    assert.equal(Number(entry.readBigUInt64LE(32)) * SECTOR, startBytes);
    assert.equal((Number(entry.readBigUInt64LE(40)) + 1) * SECTOR, startBytes + sizeBytes);
  }
});

test('the table and its copy at the end each carry their own place, the place of the other, and sums that hold', () => {
  const { start, end } = makePartitionTable(PARTITIONS, DISK_BYTES);
  const last = DISK_BYTES / SECTOR - 1;
  const primary = start.subarray(SECTOR, 2 * SECTOR);
  const backup = end.subarray(ENTRIES_BYTES);
  for (const [header, own, other] of [
    [primary, 1, last],
    [backup, last, 1],
  ] as const) {
    assert.equal(header.toString('latin1', 0, 8), 'EFI PART');
    assert.deepEqual([Number(header.readBigUInt64LE(24)), Number(header.readBigUInt64LE(32))], [own, other]);
    const zeroed = Buffer.from(header.subarray(0, 92));
    zeroed.writeUInt32LE(0, 16);
    assert.equal(header.readUInt32LE(16), crc32(zeroed));
    assert.equal(header.readUInt32LE(88), crc32(end.subarray(0, ENTRIES_BYTES)));
  }
});

test('only the partition with the boot script is marked for U-Boot to look into', () => {
  const { start } = makePartitionTable(PARTITIONS, DISK_BYTES);
  const marks = PARTITIONS.map((_, index) => start.readBigUInt64LE(2 * SECTOR + index * 128 + 48));
  assert.deepEqual(marks, [4n, 0n]);
});
