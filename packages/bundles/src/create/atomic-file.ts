import { randomUUID } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BundleError, problem, refuse } from '../bundle-problem.ts';

/**
 * Writes a stream to a file that appears whole or not at all: temporary name in the same folder, fsync, rename, fsync of the folder. Returns
 * the size in bytes. Throws `output-unwritable`; what the stream itself throws goes through.
 */
export async function writeFileAtomically(path: string, content: AsyncIterable<Uint8Array>): Promise<number> {
  await checkReplaceable(path);
  const part = `${path}.part-${randomUUID()}`;
  try {
    const bytes = await writePart(part, content);
    await rename(part, path);
    await syncFolder(dirname(path));
    return bytes;
  } catch (error) {
    await rm(part, { force: true });
    if (error instanceof BundleError || !(error instanceof Error) || !('syscall' in error)) throw error;
    throw new BundleError(problem('output-unwritable', { detail: error.message }), error);
  }
}

/** A rename would put a file in the place of a device such as /dev/null. */
async function checkReplaceable(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === false) throw refuse('output-unwritable', { detail: `${path} is there and is not a file` });
}

async function writePart(part: string, content: AsyncIterable<Uint8Array>): Promise<number> {
  await using file = await open(part, 'wx');
  let bytes = 0;
  for await (const piece of content) {
    await file.write(piece);
    bytes += piece.length;
  }
  await file.sync();
  return bytes;
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}
