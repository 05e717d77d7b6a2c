import { createHash } from 'node:crypto';
import { lstat, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { UpkeepError } from './upkeep-error.ts';

export const MANIFEST_FILE = 'manifest.json';
export const KEY_FILE = 'instance.key';
export const TABLES_FOLDER = 'tables';
export const OBJECTS_FOLDER = 'objects';
const FINGERPRINT_DIGITS = 16;

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const Identifier = z.string().regex(/^[a-z][a-z0-9_]*$/);

const BackupTable = z.object({
  name: Identifier,
  columns: z.array(Identifier).min(1),
  rows: z.number().int().min(0),
  /** The last number that the identity gave; null where the table has none. */
  identity: z.number().int().min(0).nullable(),
  /** Of the file `tables/NAME.ndjson.zst`: one JSON array a row, in the order of the columns. */
  sha256: Sha256,
});

const BackupObject = z.object({ sha256: Sha256, size: z.number().int().min(0) });

const BackupManifest = z.object({
  format: z.literal('updraft-backup'),
  version: z.literal(1),
  program: z.string(),
  madeAt: z.iso.datetime(),
  database: z.enum(['sqlite', 'postgres']),
  /** The migration that the tables stand at. */
  migration: z.number().int().min(1),
  instanceKey: z.object({ included: z.boolean(), fingerprint: z.string() }),
  tables: z.array(BackupTable),
  objects: z.array(BackupObject),
});

export type BackupTable = z.output<typeof BackupTable>;
export type BackupObject = z.output<typeof BackupObject>;
export type BackupManifest = z.output<typeof BackupManifest>;

/** Throws `backup-unknown` for what is no backup that this program can read. */
export async function readManifest(folder: string): Promise<BackupManifest> {
  const file = path.join(folder, MANIFEST_FILE);
  const found = await lstat(file).catch(() => null);
  if (found !== null && !found.isFile())
    throw new UpkeepError(
      'backup-unknown',
      `${file} is a link or no file at all: give the folder that "updraft backup" made`,
    );
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UpkeepError('backup-unknown', `${file} cannot be read: give the folder that "updraft backup" made`, {
      cause,
    });
  });
  const parsed = BackupManifest.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new UpkeepError('backup-unknown', `${file} is no manifest that this program knows`, { cause: parsed.error });
}

export function tableFile(folder: string, { name }: Pick<BackupTable, 'name'>): string {
  return path.join(folder, TABLES_FOLDER, `${name}.ndjson.zst`);
}

export function objectFile(folder: string, { sha256 }: Pick<BackupObject, 'sha256'>): string {
  return path.join(folder, OBJECTS_FOLDER, sha256);
}

/** Tells two instance keys apart and says nothing about either: the key is random. */
export function keyFingerprint(key: Buffer): string {
  return createHash('sha256').update('updraft instance key').update(key).digest('hex').slice(0, FINGERPRINT_DIGITS);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
