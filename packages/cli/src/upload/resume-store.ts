import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { PreviousUpload, UrlStorage } from 'tus-js-client';
import { userFolder } from '../credentials.ts';
import type { Shell } from '../shell.ts';

/**
 * Remembers unfinished uploads, one small file each, so that the same command goes on after a crash or a kill.
 * A damaged one is forgotten: then the upload begins anew, which costs time and nothing else.
 */
export function resumeStore(shell: Shell): UrlStorage {
  const folder = path.join(userFolder(shell, 'XDG_STATE_HOME', path.join('.local', 'state')), 'uploads');
  const fileOf = (fingerprint: string) => path.join(folder, `${fingerprint}.json`);
  return {
    findAllUploads: async () => [],
    findUploadsByFingerprint: async (fingerprint) => {
      const upload = await readUpload(fileOf(fingerprint));
      return upload === null ? [] : [{ ...upload, urlStorageKey: fingerprint }];
    },
    removeUpload: async (fingerprint) => rm(fileOf(fingerprint), { force: true }),
    addUpload: async (fingerprint, upload) => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const temporary = `${fileOf(fingerprint)}.${process.pid}`;
      await writeFile(temporary, JSON.stringify(upload), { mode: 0o600 });
      await rename(temporary, fileOf(fingerprint));
      return fingerprint;
    },
  };
}

/** The same file, unchanged, for the same server and name: then the bytes that are there already are the same too. */
export async function fingerprintOf(file: string, server: string, filename: string): Promise<string> {
  const { dev, ino, size, mtimeNs } = await stat(file, { bigint: true });
  const facts = [server, filename, path.resolve(file), dev, ino, size, mtimeNs].map(String);
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

async function readUpload(file: string): Promise<PreviousUpload | null> {
  try {
    const upload: unknown = JSON.parse(await readFile(file, 'utf8'));
    return isUpload(upload) ? upload : null;
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && 'code' in error && error.code === 'ENOENT'))
      return null;
    throw error;
  }
}

function isUpload(value: unknown): value is PreviousUpload {
  return typeof value === 'object' && value !== null && 'uploadUrl' in value && typeof value.uploadUrl === 'string';
}
