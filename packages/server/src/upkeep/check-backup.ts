import { lstat, readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  type BackupManifest,
  KEY_FILE,
  keyFingerprint,
  objectFile,
  readManifest,
  tableFile,
} from './backup-manifest.ts';
import { sha256Of } from './hashed-copy.ts';
import type { Progress } from './progress.ts';
import { readTableFile } from './table-file.ts';
import { UpkeepError } from './upkeep-error.ts';

/**
 * Reads a whole backup and compares every table and every object with the manifest; changes nothing. Throws
 * `backup-unknown`, or `backup-damaged` with the name of what is missing or changed.
 */
export async function checkBackup(folder: string, progress: Progress): Promise<BackupManifest> {
  const manifest = await readManifest(folder);
  for (const table of manifest.tables) {
    const file = tableFile(folder, table);
    if ((await hashOf(file)) !== table.sha256) throw damaged(file, 'is not what was written');
    let rows = 0;
    for await (const slice of readTableFile(file)) rows += slice.length;
    if (rows !== table.rows) throw damaged(file, `holds ${rows} rows, not ${table.rows}`);
    progress(`table ${table.name}`, rows);
  }
  for (const [at, object] of manifest.objects.entries()) {
    const file = objectFile(folder, object);
    if ((await hashOf(file)) !== object.sha256) throw damaged(file, 'is not what its name says');
    progress('objects', at + 1);
  }
  if (manifest.instanceKey.included) await checkKey(folder, manifest);
  return manifest;
}

/** The instance key that the backup holds. */
export async function readBackupKey(folder: string): Promise<Buffer> {
  const file = path.join(folder, KEY_FILE);
  await refuseOddFile(file);
  return Buffer.from((await readFile(file, 'utf8')).trim(), 'hex');
}

async function checkKey(folder: string, { instanceKey }: BackupManifest): Promise<void> {
  if (keyFingerprint(await readBackupKey(folder)) !== instanceKey.fingerprint)
    throw damaged(path.join(folder, KEY_FILE), 'is not the key that was saved');
}

async function hashOf(file: string): Promise<string> {
  await refuseOddFile(file);
  return sha256Of(file);
}

/** A backup holds files alone: a link may lead to what changes after the check, and a pipe never ends. */
async function refuseOddFile(file: string): Promise<void> {
  const found = await lstat(file).catch((cause: unknown) => {
    throw damaged(file, 'is missing', cause);
  });
  if (!found.isFile()) throw damaged(file, 'is a link or no file at all');
}

function damaged(file: string, how: string, cause?: unknown): UpkeepError {
  return new UpkeepError('backup-damaged', `${file} ${how}: use another backup`, { cause });
}
