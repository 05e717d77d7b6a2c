import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { UrlStorage } from 'tus-js-client';
import { userFolder } from '../credentials.ts';
import type { Shell } from '../shell.ts';

export type UploadOf = { readonly file: string; readonly server: string; readonly filename: string };

/** What is remembered of the upload of one file, so that the same command goes on after a crash or a kill. */
export type UnfinishedUpload = {
  readonly fingerprint: string;
  /** Where it stands on the server; null where this file was not begun. */
  readonly url: string | null;
  /** For tus-js-client, which notes the address as soon as the server has given it. */
  readonly storage: UrlStorage;
  forget(): Promise<void>;
};

/**
 * Finds what is remembered of this file. A note counts while the file is unchanged, for the same server and name. A damaged
 * one is as none: the upload begins anew, which costs time and nothing else.
 */
export async function unfinishedUploads(shell: Shell, upload: UploadOf): Promise<UnfinishedUpload> {
  const folder = path.join(userFolder(shell, 'XDG_STATE_HOME', path.join('.local', 'state')), 'uploads');
  const fingerprint = await fingerprintOf(upload);
  const note = path.join(folder, `${fingerprint}.json`);
  const forget = async () => rm(note, { force: true });
  return {
    fingerprint,
    url: urlIn(await readNote(note)),
    forget,
    storage: {
      findAllUploads: async () => [],
      findUploadsByFingerprint: async () => [],
      removeUpload: forget,
      addUpload: async (_, { uploadUrl }) => {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(`${note}.${process.pid}`, JSON.stringify({ url: uploadUrl }), { mode: 0o600 });
        await rename(`${note}.${process.pid}`, note);
        return fingerprint;
      },
    },
  };
}

/** The same file, unchanged: then the bytes that the server has already are the same too. */
async function fingerprintOf({ file, server, filename }: UploadOf): Promise<string> {
  const { dev, ino, size, mtimeNs } = await stat(file, { bigint: true });
  const facts = [server, filename, path.resolve(file), dev, ino, size, mtimeNs].map(String);
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

async function readNote(note: string): Promise<string> {
  try {
    return await readFile(note, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

function urlIn(text: string): string | null {
  return /^\{"url":"(https?:[^"\\]+)"\}$/.exec(text)?.[1] ?? null;
}
