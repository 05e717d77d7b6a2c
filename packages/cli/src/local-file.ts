import { open } from 'node:fs/promises';
import { usageError } from './cli-error.ts';

/** The bytes of a file that is known to be small. Wrong use: it cannot be read, is a folder, or is larger. */
export async function readSmallFile(file: string, maxBytes: number): Promise<Uint8Array> {
  try {
    await using handle = await open(file, 'r');
    const { size } = await handle.stat();
    if (size > maxBytes)
      throw usageError(
        'file-too-large',
        `${file} is larger than ${maxBytes} bytes, so it cannot be what is expected here.`,
      );
    return await handle.readFile();
  } catch (error) {
    throw readingError(file, error);
  }
}

export async function readTextFile(file: string, maxBytes: number): Promise<string> {
  return new TextDecoder().decode(await readSmallFile(file, maxBytes));
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'its symbolic links do not end',
  EEXIST: 'it exists already and is never overwritten',
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only',
};

/** Says in words why a local file cannot be read. Errors that are ours already pass through. */
export function readingError(file: string, error: unknown): Error {
  return fileError('file-not-readable', `${file} cannot be read`, error);
}

export function writingError(file: string, error: unknown): Error {
  const isFolderMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  return isFolderMissing
    ? usageError('file-not-writable', `${file} cannot be written: its folder does not exist.`, error)
    : fileError('file-not-writable', `${file} cannot be written`, error);
}

function fileError(code: string, what: string, error: unknown): Error {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string')
    return error instanceof Error ? error : new Error(what, { cause: error });
  if (!('syscall' in error)) return error;
  return usageError(code, `${what}: ${REASONS[error.code] ?? error.code}.`, error);
}

/** Wrong use where a file that will be read later is a folder or cannot be opened. */
export async function checkReadable(file: string): Promise<void> {
  try {
    await using handle = await open(file, 'r');
    if ((await handle.stat()).isDirectory())
      throw usageError('file-not-readable', `${file} cannot be read: it is a folder.`);
  } catch (error) {
    throw readingError(file, error);
  }
}
