import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';

/** A first line longer than this is no version line. */
const MAX_VERSION_LINE_BYTES = 256;
const UNVERSIONED = 'unversioned';

/**
 * An image for a slot: the line `version=<version>`, which stands for the /etc/os-release of a root file system, then random
 * bytes, so that neither compression nor a repeated block can hide a download that was cut or mixed up.
 */
export function makeImage(version: string, lengthBytes: number): Buffer {
  const line = Buffer.from(`version=${version}\n`);
  if (line.length > Math.min(MAX_VERSION_LINE_BYTES, lengthBytes))
    throw new RangeError(`an image of ${lengthBytes} bytes has no room for version ${version}`);
  return Buffer.concat([line, randomBytes(lengthBytes - line.length)]);
}

/** The version that the first line of a slot tells, or `unversioned`. */
export async function versionInSlot(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_VERSION_LINE_BYTES), 0, MAX_VERSION_LINE_BYTES, 0);
    const line = /^version=([^\n]*)\n/.exec(buffer.toString('latin1', 0, bytesRead));
    return line?.[1] ?? UNVERSIONED;
  } finally {
    await handle.close();
  }
}

/** The sha256 in hex of a file, or of its first `lengthBytes`: a slot may be larger than the image in it. */
export async function hashOfFile(file: string, lengthBytes?: number): Promise<string> {
  const hash = createHash('sha256');
  const end = lengthBytes === undefined ? undefined : lengthBytes - 1;
  for await (const piece of createReadStream(file, { end })) hash.update(piece as Buffer);
  return hash.digest('hex');
}

export function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
