import { open } from 'node:fs/promises';
import type { PartPlaces, WatchedPart } from '../../reference-device/src/power-cuts/cut-disk.ts';
import { mustRun } from '../programs/run-program.ts';

const SECTOR_BYTES = 512;
const PARTS: readonly WatchedPart[] = ['env', 'env2', 'slot-a', 'slot-b'];

/** Where the parts lie that a boot hangs on, as the disk's own partition table says. */
export async function placesOf(disk: string, sfdisk: string): Promise<PartPlaces> {
  const { partitiontable } = JSON.parse(await mustRun(sfdisk, ['--json', disk])) as {
    partitiontable: { partitions: { name: string; start: number; size: number }[] };
  };
  const places = PARTS.map((part) => {
    const found = partitiontable.partitions.find(({ name }) => name === part);
    if (found === undefined) throw new Error(`${disk} has no partition ${part}`);
    return [part, { offset: found.start * SECTOR_BYTES, length: found.size * SECTOR_BYTES }] as const;
  });
  return Object.fromEntries(places) as PartPlaces;
}

export async function readParts(disk: string, places: PartPlaces): Promise<Readonly<Record<WatchedPart, Buffer>>> {
  await using file = await open(disk);
  const parts = PARTS.map(async (part) => {
    const { offset, length } = places[part];
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, offset);
    return [part, buffer] as const;
  });
  return Object.fromEntries(await Promise.all(parts)) as Record<WatchedPart, Buffer>;
}
