import { open } from 'node:fs/promises';

/** UEFI 2.10, 5.3: header in the second sector, entries where it says. */
const SECTOR_BYTES = 512;
const SIGNATURE = 'EFI PART';
const ENTRIES_AT = 72;
const ENTRY_COUNT_AT = 80;
const ENTRY_BYTES_AT = 84;
const FIRST_SECTOR_AT = 32;
const LAST_SECTOR_AT = 40;
const NAME_AT = 56;
const NAME_BYTES = 72;
const MAX_ENTRIES = 128;
const MAX_ENTRY_BYTES = 4096;

export type Partition = { readonly offsetBytes: number; readonly lengthBytes: number };

/** The partitions of a raw disk image by their labels. Throws where it has no GPT. */
export async function partitionsOf(image: string): Promise<ReadonlyMap<string, Partition>> {
  await using handle = await open(image, 'r');
  const header = Buffer.alloc(SECTOR_BYTES);
  await handle.read(header, 0, SECTOR_BYTES, SECTOR_BYTES);
  const count = header.readUInt32LE(ENTRY_COUNT_AT);
  const bytes = header.readUInt32LE(ENTRY_BYTES_AT);
  if (header.toString('latin1', 0, SIGNATURE.length) !== SIGNATURE || count > MAX_ENTRIES || bytes > MAX_ENTRY_BYTES)
    throw new Error(`${image} has no partition table that can be read`);
  const entries = Buffer.alloc(count * bytes);
  await handle.read(entries, 0, entries.length, Number(header.readBigUInt64LE(ENTRIES_AT)) * SECTOR_BYTES);
  const found = new Map<string, Partition>();
  for (let at = 0; at < entries.length; at += bytes) {
    const first = Number(entries.readBigUInt64LE(at + FIRST_SECTOR_AT));
    const last = Number(entries.readBigUInt64LE(at + LAST_SECTOR_AT));
    const label = entries.toString('utf16le', at + NAME_AT, at + NAME_AT + NAME_BYTES).replace(/\0.*$/s, '');
    if (first > 0)
      found.set(label, { offsetBytes: first * SECTOR_BYTES, lengthBytes: (last - first + 1) * SECTOR_BYTES });
  }
  return found;
}
