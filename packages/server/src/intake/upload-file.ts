import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * A file that is being received. It is only ever appended to, and never preallocated: on journalling file systems its
 * size then tells how many bytes are in it, also after a crash.
 */
export interface UploadFile {
  readonly path: string;
  /** Bytes that survive a crash: those at the last `sync`. */
  readonly safe: number;
  /** Rejects with {@link StorageFull}. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Makes everything written safe, and tells its size. Rejects with {@link StorageFull}. */
  sync(): Promise<number>;
  /** Forgets what was written from `size` on. */
  cut(size: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens the file, or makes it; its name is as durable as its content. */
export async function openUploadFile(path: string): Promise<UploadFile> {
  const handle = await storing(open(path, constants.O_RDWR | constants.O_CREAT, 0o600));
  let safe = 0;

  async function sync(): Promise<number> {
    await storing(handle.sync());
    safe = (await handle.stat()).size;
    return safe;
  }

  await syncFolder(dirname(path));
  await sync();
  return {
    path,
    get safe() {
      return safe;
    },
    write: (bytes, position) => storing(writeFully(handle, bytes, position)),
    sync,
    async cut(size) {
      await handle.truncate(size);
      await sync();
    },
    close: () => handle.close(),
  };
}

async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** A disk without room is an answer (507), not a surprise. */
async function storing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const full = error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
    throw full ? new StorageFull(error) : error;
  }
}

export class StorageFull extends Error {
  readonly code = 'storage-full';
  constructor(cause: unknown) {
    super('there is no room left for uploads', { cause });
    this.name = 'StorageFull';
  }
}
