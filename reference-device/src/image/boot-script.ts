import { crc32 } from 'node:zlib';

const MAGIC = 0x27051956;
const HEADER_BYTES = 64;
const NAME_BYTES = 32;
/** U-Boot's numbers (include/image.h): Linux, arm64, script, not compressed. */
const OS_LINUX = 5;
const ARCHITECTURE_ARM64 = 22;
const TYPE_SCRIPT = 6;
const COMPRESSION_NONE = 0;

/**
 * A boot script as U-Boot's `source` takes it: its "legacy image" of type script, whose data is a list of lengths ended by 0,
 * and then the text. What `mkimage -A arm64 -T script -C none` writes.
 */
export function makeBootScript(text: string, name: string, time: number): Buffer {
  const script = Buffer.from(text);
  const data = Buffer.alloc(8 + script.length);
  data.writeUInt32BE(script.length, 0);
  script.copy(data, 8);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(MAGIC, 0);
  header.writeUInt32BE(time, 8);
  header.writeUInt32BE(data.length, 12);
  header.writeUInt32BE(crc32(data), 24);
  header.set([OS_LINUX, ARCHITECTURE_ARM64, TYPE_SCRIPT, COMPRESSION_NONE], 28);
  header.write(name.slice(0, NAME_BYTES - 1), HEADER_BYTES - NAME_BYTES, 'latin1');
  // The header's own sum is made while its field is zero.
  header.writeUInt32BE(crc32(header), 4);
  return Buffer.concat([header, data]);
}
