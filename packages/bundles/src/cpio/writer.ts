import { byteSum } from './byte-sum.ts';
import { type CpioFormat, formatCpioHeader, padding, TRAILER } from './header.ts';

/** A member to be written: its size, and in the crc format its sum, must be known before its bytes. */
export type CpioWriteMember = {
  readonly name: string;
  readonly size: number;
  readonly checksum: number;
  readonly content: () => AsyncIterable<Uint8Array>;
};

/** cpio(1) fills archives up to blocks of 512 bytes, and SWUpdate reads that far. */
const BLOCK_BYTES = 512;

/** Writes an archive as a stream of pieces; one piece of content is in memory at a time. Fails if content has another size than announced. */
export async function* writeCpio(format: CpioFormat, members: Iterable<CpioWriteMember>): AsyncGenerator<Uint8Array> {
  let inode = 1;
  let written = 0;
  for (const member of members) {
    const header = formatCpioHeader({
      ...member,
      checksum: format === 'crc' ? member.checksum : 0,
      format,
      inode: inode++,
    });
    yield header;
    let size = 0;
    for await (const piece of member.content()) {
      size += piece.length;
      yield piece;
    }
    if (size !== member.size) throw new Error(`member ${member.name} changed its size while it was written`);
    yield Buffer.alloc(padding(size));
    written += header.length + size + padding(size);
  }
  const trailer = formatCpioHeader({ format, name: TRAILER, size: 0, checksum: 0, inode: 0 });
  written += trailer.length;
  yield trailer;
  yield Buffer.alloc((BLOCK_BYTES - (written % BLOCK_BYTES)) % BLOCK_BYTES);
}

/** A member whose bytes are in memory. */
export function memoryMember(name: string, bytes: Uint8Array): CpioWriteMember {
  return {
    name,
    size: bytes.length,
    checksum: byteSum(0, bytes),
    content: async function* () {
      yield bytes;
    },
  };
}
