import { statfs } from 'node:fs/promises';

/** Whether the file system of this folder has room for so many bytes more. What others write meanwhile is theirs. */
export async function hasRoomFor(folder: string, bytes: number): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder);
  return bytes <= bavail * bsize;
}
