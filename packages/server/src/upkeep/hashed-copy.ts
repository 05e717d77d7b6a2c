import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

const OWNER_ONLY = 0o600;
const BUFFER_BYTES = 256 * 1024;

/** What can be read from a place: an object, or a file. */
type Bytes = { readonly read: (buffer: Uint8Array, position: number) => Promise<number> };

/** Writes the bytes into a new file; durable when it resolves. Tells the sha256 of what it wrote. */
export async function copyHashed(source: Bytes, file: string): Promise<string> {
  const hash = createHash('sha256');
  const buffer = new Uint8Array(BUFFER_BYTES);
  await using handle = await open(file, 'wx', OWNER_ONLY);
  for (let position = 0; ;) {
    const length = await source.read(buffer, position);
    if (length === 0) break;
    const bytes = buffer.subarray(0, length);
    hash.update(bytes);
    await handle.writeFile(bytes);
    position += length;
  }
  await handle.sync();
  return hash.digest('hex');
}

export async function copyFileHashed(from: string, to: string): Promise<string> {
  await using handle = await open(from, 'r');
  return await copyHashed(bytesOf(handle), to);
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: BUFFER_BYTES }), hash);
  return hash.digest('hex');
}

function bytesOf(handle: FileHandle): Bytes {
  return { read: async (buffer, position) => (await handle.read(buffer, 0, buffer.length, position)).bytesRead };
}
