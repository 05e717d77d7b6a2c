import { mkdtemp, rm, statfs } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

const MEMORY = '/dev/shm';
/** What statfs calls a tmpfs (linux/magic.h). */
const TMPFS_MAGIC = 0x01021994;
const MIN_FREE_BYTES = 4 * 1024 ** 3;

/**
 * A folder for all that the tests of a run write: in memory where there is room, since they wait for the disk half of their time.
 * Nothing is lost by it that they could show: what they kill is a process, whose writes the kernel keeps.
 */
export async function testFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(path.join(await inMemoryOr(os.tmpdir()), 'updraft-tests-'));
  return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** The folder that the system keeps in memory where there is room, else the other. */
export async function inMemoryOr(otherwise: string): Promise<string> {
  return (await hasRoom()) ? MEMORY : otherwise;
}

async function hasRoom(): Promise<boolean> {
  try {
    const { type, bavail, bsize } = await statfs(MEMORY);
    return type === TMPFS_MAGIC && bavail * bsize >= MIN_FREE_BYTES;
  } catch (error) {
    // No such place: then it is the disk.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
