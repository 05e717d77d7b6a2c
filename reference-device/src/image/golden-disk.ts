import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { BuildError } from './build-error.ts';
import { makePartitionTable, type Partition } from './partition-table.ts';

const MIB = 1024 * 1024;
/** Nothing shares an erase block of usual flash with its neighbour. */
const ALIGNMENT = MIB;
const PIECE_BYTES = MIB;
const ZEROS = Buffer.alloc(PIECE_BYTES);

/** What lies on the disk in this order, with sizes in MiB. A slot's partition has room for larger versions to come. */
const LAYOUT = [
  ['boot', 4],
  ['env', 1],
  ['env2', 1],
  ['slot-a', 160],
  ['slot-b', 160],
  ['data', 128],
] as const;

type PartitionLabel = (typeof LAYOUT)[number][0];

/** Bytes of a partition of the golden disk. */
export function partitionBytes(label: PartitionLabel): number {
  return (LAYOUT.find(([name]) => name === label)?.[1] ?? 0) * MIB;
}

/** What a partition holds at the factory: a file of this machine, or bytes; left out stays zero. */
export type DiskContent = Partial<Record<PartitionLabel, string | Uint8Array>>;

/** Writes the golden disk: a GPT and its partitions' content, sparse where they are zero. It appears whole or not at all. */
export async function makeGoldenDisk(file: string, content: DiskContent): Promise<void> {
  const partitions = placed();
  const last = partitions.at(-1);
  const diskBytes = (last === undefined ? 0 : last.startBytes + last.sizeBytes) + ALIGNMENT;
  const part = `${file}.part-${process.pid}`;
  try {
    await using disk = await open(part, 'w');
    await disk.truncate(diskBytes);
    const table = makePartitionTable(partitions, diskBytes);
    await disk.write(table.start, 0, table.start.length, 0);
    await disk.write(table.end, 0, table.end.length, diskBytes - table.end.length);
    for (const partition of partitions) await fill(disk, partition, content[partition.label]);
    await rename(part, file);
  } finally {
    await rm(part, { force: true });
  }
}

function placed(): readonly (Partition & { readonly label: PartitionLabel })[] {
  let startBytes = ALIGNMENT;
  return LAYOUT.map(([label, mebibytes]) => {
    const partition = { label, startBytes, sizeBytes: mebibytes * MIB };
    startBytes += partition.sizeBytes;
    return partition;
  });
}

async function fill(disk: FileHandle, partition: Partition, content: string | Uint8Array | undefined): Promise<void> {
  if (content === undefined) return;
  const bytes = typeof content === 'string' ? (await stat(content)).size : content.length;
  if (bytes > partition.sizeBytes)
    throw new BuildError(
      'image-too-large',
      `${partition.label} has ${partition.sizeBytes / MIB} MiB, its content ${(bytes / MIB).toFixed(1)} MiB`,
    );
  const pieces = typeof content === 'string' ? createReadStream(content, { highWaterMark: PIECE_BYTES }) : [content];
  let position = partition.startBytes;
  for await (const piece of pieces as AsyncIterable<Uint8Array>) {
    if (!ZEROS.subarray(0, piece.length).equals(piece)) await disk.write(piece, 0, piece.length, position);
    position += piece.length;
  }
}
