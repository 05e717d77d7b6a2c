import { crc32 } from 'node:zlib';
import { identifier } from './ext4-image.ts';

/** A partition of the golden disk; `label` is its name in the table, by which everything finds it. */
export type Partition = { readonly label: string; readonly startBytes: number; readonly sizeBytes: number };

const SECTOR = 512;
const ENTRY_BYTES = 128;
const ENTRIES = 128;
const TABLE_SECTORS = (ENTRIES * ENTRY_BYTES) / SECTOR;
const HEADER_BYTES = 92;
const REVISION = 0x00010000;
const LINUX_DATA = '0fc63daf-8483-4772-8e79-3d69d8477de4';
/** "Legacy BIOS bootable": where U-Boot looks for its script. */
const BOOTABLE = 1n << 2n;
const PROTECTIVE_TYPE = 0xee;

/** Sectors that the table takes at each end of the disk, the protective MBR apart. */
const COPY_SECTORS = TABLE_SECTORS + 1;

/** A GPT (UEFI 2.10, chapter 5) for a disk of `diskBytes`: what stands at its start, and the copy that stands at its end. */
export function makePartitionTable(
  partitions: readonly Partition[],
  diskBytes: number,
): { readonly start: Buffer; readonly end: Buffer } {
  const sectors = diskBytes / SECTOR;
  const entries = Buffer.concat([...partitions.map(entry), Buffer.alloc(ENTRIES * ENTRY_BYTES)]).subarray(
    0,
    ENTRIES * ENTRY_BYTES,
  );
  const primary = header({ own: 1, other: sectors - 1, table: 2, sectors, entries });
  const backup = header({ own: sectors - 1, other: 1, table: sectors - COPY_SECTORS, sectors, entries });
  return { start: Buffer.concat([protectiveMbr(sectors), primary, entries]), end: Buffer.concat([entries, backup]) };
}

function entry({ label, startBytes, sizeBytes }: Partition): Buffer {
  const bytes = Buffer.alloc(ENTRY_BYTES);
  guid(LINUX_DATA).copy(bytes, 0);
  guid(identifier(`partition ${label}`)).copy(bytes, 16);
  bytes.writeBigUInt64LE(BigInt(startBytes / SECTOR), 32);
  bytes.writeBigUInt64LE(BigInt((startBytes + sizeBytes) / SECTOR - 1), 40);
  bytes.writeBigUInt64LE(label === 'boot' ? BOOTABLE : 0n, 48);
  bytes.write(label, 56, 'utf16le');
  return bytes;
}

type HeaderPlaces = {
  readonly own: number;
  readonly other: number;
  readonly table: number;
  readonly sectors: number;
  readonly entries: Buffer;
};

function header({ own, other, table, sectors, entries }: HeaderPlaces): Buffer {
  const bytes = Buffer.alloc(SECTOR);
  bytes.write('EFI PART', 0, 'latin1');
  bytes.writeUInt32LE(REVISION, 8);
  bytes.writeUInt32LE(HEADER_BYTES, 12);
  bytes.writeBigUInt64LE(BigInt(own), 24);
  bytes.writeBigUInt64LE(BigInt(other), 32);
  bytes.writeBigUInt64LE(BigInt(1 + COPY_SECTORS), 40);
  bytes.writeBigUInt64LE(BigInt(sectors - 1 - COPY_SECTORS), 48);
  guid(identifier('disk')).copy(bytes, 56);
  bytes.writeBigUInt64LE(BigInt(table), 72);
  bytes.writeUInt32LE(ENTRIES, 80);
  bytes.writeUInt32LE(ENTRY_BYTES, 84);
  bytes.writeUInt32LE(crc32(entries), 88);
  // The header's own sum is made while its field is zero.
  bytes.writeUInt32LE(crc32(bytes.subarray(0, HEADER_BYTES)), 16);
  return bytes;
}

/** One partition of type EE over the whole disk: old tools leave it alone. */
function protectiveMbr(sectors: number): Buffer {
  const bytes = Buffer.alloc(SECTOR);
  bytes.set([0, 0, 2, 0, PROTECTIVE_TYPE, 0xff, 0xff, 0xff], 446);
  bytes.writeUInt32LE(1, 454);
  bytes.writeUInt32LE(Math.min(sectors - 1, 0xffffffff), 458);
  bytes.set([0x55, 0xaa], 510);
  return bytes;
}

/** A UUID's bytes as GPT stores them: the first three groups little endian. */
function guid(text: string): Buffer {
  const bytes = Buffer.from(text.replaceAll('-', ''), 'hex');
  return Buffer.concat([
    bytes.subarray(0, 4).toReversed(),
    bytes.subarray(4, 6).toReversed(),
    bytes.subarray(6, 8).toReversed(),
    bytes.subarray(8),
  ]);
}
