import { DeviceError } from './device-error.ts';
import { overwriteDisk } from './overlay.ts';
import { partitionsOf } from './partitions.ts';

/** What can be broken: the partition, and how much of its beginning. Superblock and journal of a file system stand in the first part. */
const BREAKABLE = {
  'slot-a': { partition: 'slot-a', lengthBytes: 1024 ** 2 },
  'slot-b': { partition: 'slot-b', lengthBytes: 1024 ** 2 },
  environment: { partition: 'env', lengthBytes: 512 },
  'environment-copy': { partition: 'env2', lengthBytes: 512 },
  data: { partition: 'data', lengthBytes: 1024 ** 2 },
} as const;
export type Breakable = keyof typeof BREAKABLE;
export const BREAKABLE_PARTS = Object.keys(BREAKABLE) as readonly Breakable[];

/** What an erased flash block reads as. */
const ERASED = 0xff;

export function isBreakable(word: string): word is Breakable {
  return Object.hasOwn(BREAKABLE, word);
}

/** Makes a part of a disk unreadable; its machine must be off. `goldenImage` tells where the part is. */
export async function breakDisk(disk: string, goldenImage: string, part: Breakable): Promise<void> {
  const { partition, lengthBytes } = BREAKABLE[part];
  const place = (await partitionsOf(goldenImage)).get(partition);
  if (place === undefined)
    throw new DeviceError('refused', 'partition-missing', `The disk has no partition ${partition}.`);
  const { offsetBytes } = place;
  await overwriteDisk(disk, { offsetBytes, lengthBytes: Math.min(lengthBytes, place.lengthBytes), byte: ERASED });
}
