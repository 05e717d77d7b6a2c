import { refuse } from '../bundle-problem.ts';
import { LIMITS } from '../limits.ts';

/** The two ASCII formats that SWUpdate reads: `newc` (070701) and `crc` (070702, with a sum of the bytes). */
export type CpioFormat = 'newc' | 'crc';

/** The fields of a cpio header that a bundle needs; sizes in bytes. */
export type CpioHeader = {
  readonly format: CpioFormat;
  readonly size: number;
  readonly nameBytes: number;
  readonly checksum: number;
};

export const TRAILER = 'TRAILER!!!';

const MAGIC: Record<string, CpioFormat> = { '070701': 'newc', '070702': 'crc' };
const FIELDS = 13;
const SIZE_FIELD = 6;
const NAME_FIELD = 11;
const CHECKSUM_FIELD = 12;

/** Reads the 110 bytes of a header (cpio(5), "New ASCII Format"). Throws `bad-magic`, `bad-header` or `name-too-long`. */
export function parseCpioHeader(bytes: Uint8Array): CpioHeader {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const format = MAGIC[text.slice(0, 6)];
  if (format === undefined) throw refuse('bad-magic', { detail: JSON.stringify(text.slice(0, 6)) });
  const fields: number[] = [];
  for (let index = 0; index < FIELDS; index++) fields.push(hexField(text.slice(6 + index * 8, 14 + index * 8)));
  const nameBytes = fields[NAME_FIELD] ?? 0;
  if (nameBytes >= LIMITS.memberNameBytes) throw refuse('name-too-long', { detail: `${nameBytes} bytes` });
  return { format, size: fields[SIZE_FIELD] ?? 0, nameBytes, checksum: fields[CHECKSUM_FIELD] ?? 0 };
}

function hexField(text: string): number {
  if (!/^[0-9A-Fa-f]{8}$/.test(text)) throw refuse('bad-header', { detail: JSON.stringify(text) });
  return Number.parseInt(text, 16);
}

/** Header, name and padding of one member, as every cpio reader expects them. */
export function formatCpioHeader(member: {
  readonly format: CpioFormat;
  readonly name: string;
  readonly size: number;
  readonly checksum: number;
  readonly inode: number;
}): Buffer {
  const name = Buffer.from(`${member.name}\0`);
  if (name.length >= LIMITS.memberNameBytes) throw refuse('name-too-long', { member: member.name });
  const isTrailer = member.name === TRAILER;
  const mode = isTrailer ? 0 : 0o100644;
  const links = 1;
  const fields = [member.inode, mode, 0, 0, links, 0, member.size, 0, 0, 0, 0, name.length, member.checksum];
  const magic = member.format === 'crc' ? '070702' : '070701';
  const header = magic + fields.map((field) => field.toString(16).padStart(8, '0').toUpperCase()).join('');
  return Buffer.concat([Buffer.from(header), name, Buffer.alloc(padding(header.length + name.length))]);
}

/** Bytes up to the next multiple of four: both the name and the data of a member end on one. */
export function padding(size: number): number {
  return (4 - (size % 4)) % 4;
}
