import { randomInt } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  createDatabaseTarget,
  type DatabaseLocation,
  type DatabaseTarget,
  goOnBehindGap,
  lockDataDir,
  openDiskObjects,
  parseDatabaseUrl,
  RESTORE_FOLDER,
  tableFor,
} from '@updraft/store';
import type { Settings } from '../config/configuration.ts';
import { INSTANCE_KEY_FILE } from '../config/instance-key.ts';
import { type BackupManifest, keyFingerprint, objectFile, OBJECTS_FOLDER, tableFile } from './backup-manifest.ts';
import { checkBackup, readBackupKey } from './check-backup.ts';
import { copyFileHashed } from './hashed-copy.ts';
import type { Progress } from './progress.ts';
import { readTableFile } from './table-file.ts';
import { UpkeepError } from './upkeep-error.ts';

/**
 * Wire ids, event positions and ids of rows go on behind a gap of so many. It is more than a server gives in the life of
 * a backup; the part that chance adds keeps the second restore of one backup from giving the ids of the first anew.
 */
const MIN_GAP = 10_000_000;
const MAX_GAP = 100_000_000;

export type Restored = { readonly manifest: BackupManifest; readonly gap: number; readonly key: KeyOrigin };
type KeyOrigin = 'restored' | 'configured';

/**
 * Fills an empty data directory, and on PostgreSQL an empty database, from a backup that it has checked first. All or
 * nothing: what is made stands in a folder that no server starts beside, the database comes last. Throws
 * `data-dir-not-empty`, `database-not-empty`, `backup-damaged`, `instance-key-differs`, or what the store throws.
 */
export async function restore(settings: Settings, folder: string, progress: Progress): Promise<Restored> {
  const { dataDir } = settings.configuration;
  const location = parseDatabaseUrl(settings.secrets.databaseUrl, dataDir);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  using _lock = lockDataDir(dataDir);
  await clearUnfinished(dataDir);
  const manifest = await checkBackup(folder, progress);
  const key = await chooseKey(settings, folder, manifest);
  const gap = randomInt(MIN_GAP, MAX_GAP);
  const making = path.join(dataDir, RESTORE_FOLDER);
  await mkdir(making, { mode: 0o700 });
  const restoring: Restoring = { folder, dataDir, making, manifest, location, gap, progress };
  try {
    await fillDataDir(restoring, key);
    await rm(making, { recursive: true });
    return { manifest, gap, key: key === null ? 'configured' : 'restored' };
  } catch (error) {
    await clearUnfinished(dataDir);
    throw error;
  }
}

/** A data directory in which nothing stands, or only what a restore that never ended has left. */
async function clearUnfinished(dataDir: string): Promise<void> {
  const found = (await readdir(dataDir)).filter((name) => !name.startsWith('lock.db'));
  if (found.length === 0) return;
  if (!found.includes(RESTORE_FOLDER))
    throw new UpkeepError(
      'data-dir-not-empty',
      `${dataDir} is not empty (it has ${found[0]}): restore into a new folder, or move this one away`,
    );
  // Last: it marks the rest as ours to remove.
  for (const name of found.toSorted((a, b) => Number(a === RESTORE_FOLDER) - Number(b === RESTORE_FOLDER)))
    await rm(path.join(dataDir, name), { recursive: true });
}

/** The key to write, null where the operator has configured one: then it must be the one that sealed the secrets. */
async function chooseKey({ secrets }: Settings, folder: string, manifest: BackupManifest): Promise<Buffer | null> {
  const { included, fingerprint } = manifest.instanceKey;
  if (secrets.instanceKey === null) {
    if (included) return readBackupKey(folder);
    throw new UpkeepError(
      'instance-key-missing',
      'the backup does not hold the instance key, because it was configured: set UPDRAFT_INSTANCE_KEY to it',
    );
  }
  if (keyFingerprint(Buffer.from(secrets.instanceKey, 'hex')) !== fingerprint)
    throw new UpkeepError(
      'instance-key-differs',
      'UPDRAFT_INSTANCE_KEY is not the key of the server that was backed up',
    );
  return null;
}

type Restoring = {
  readonly folder: string;
  readonly dataDir: string;
  readonly making: string;
  readonly manifest: BackupManifest;
  readonly location: DatabaseLocation;
  readonly gap: number;
  readonly progress: Progress;
};

async function fillDataDir(restoring: Restoring, key: Buffer | null): Promise<void> {
  const { dataDir, making, manifest, location, gap } = restoring;
  const made = location.dialect === 'sqlite' ? path.join(making, path.basename(location.file)) : null;
  const into = made === null ? location : ({ dialect: 'sqlite', file: made } as const);
  await using target = await createDatabaseTarget(into, manifest.migration);
  refuseIncomplete(manifest, target);
  const owners = await loadTables(restoring, target);
  await copyObjects(restoring, owners);
  await rename(path.join(making, OBJECTS_FOLDER), path.join(dataDir, OBJECTS_FOLDER));
  if (key !== null) await writeKey(path.join(dataDir, INSTANCE_KEY_FILE), key);
  await syncFolder(dataDir);
  await target.finish({
    rows: new Map(manifest.tables.map(({ name, rows }) => [name, rows])),
    identities: new Map(
      manifest.tables.flatMap(({ name, identity }) => (identity === null ? [] : [[name, identity + gap]])),
    ),
    adjust: (db) => goOnBehindGap(db, gap),
  });
  if (made !== null) await rename(made, path.join(dataDir, path.basename(made)));
  await syncFolder(dataDir);
}

/** Each table once, and none left out. */
function refuseIncomplete({ tables }: BackupManifest, target: DatabaseTarget): void {
  const named = new Set(tables.map(({ name }) => name));
  const missing = target.tables.find(({ name }) => !named.has(name));
  if (missing !== undefined)
    throw new UpkeepError('backup-damaged', `the manifest lacks the table ${missing.name}: use another backup`);
  if (named.size < tables.length)
    throw new UpkeepError('backup-damaged', 'the manifest names a table twice: use another backup');
}

/** By sha256: the tenants that have it. */
type Owners = ReadonlyMap<string, readonly number[]>;

async function loadTables({ folder, manifest, progress }: Restoring, target: DatabaseTarget): Promise<Owners> {
  const owners = new Map<string, number[]>();
  for (const table of manifest.tables) {
    const into = tableFor(target, table);
    const [tenantAt = -1, sha256At = -1] = ['tenant', 'sha256'].map((column) => table.columns.indexOf(column));
    let loaded = 0;
    for await (const slice of readTableFile(tableFile(folder, table))) {
      await target.write(into, slice);
      loaded += slice.length;
      progress(`table ${table.name}`, loaded);
      if (table.name !== 'artifact') continue;
      for (const row of slice) {
        const tenants = owners.get(String(row[sha256At])) ?? [];
        if (!tenants.includes(Number(row[tenantAt]))) tenants.push(Number(row[tenantAt]));
        owners.set(String(row[sha256At]), tenants);
      }
    }
  }
  return owners;
}

async function copyObjects({ folder, making, manifest, progress }: Restoring, owners: Owners): Promise<void> {
  const objects = await openDiskObjects(path.join(making, OBJECTS_FOLDER));
  const incoming = path.join(making, 'incoming');
  const saved = new Set(manifest.objects.map(({ sha256 }) => sha256));
  const missing = [...owners.keys()].find((sha256) => !saved.has(sha256));
  if (missing !== undefined)
    throw new UpkeepError('backup-damaged', `the manifest lacks the object ${missing}: use another backup`);
  for (const [at, object] of manifest.objects.entries()) {
    for (const tenant of owners.get(object.sha256) ?? []) {
      const file = objectFile(folder, object);
      if ((await copyFileHashed(file, incoming)) !== object.sha256)
        throw new UpkeepError('backup-damaged', `${file} is not what its name says: use another backup`);
      await objects.adopt(tenant, object.sha256, incoming);
      await rm(incoming, { force: true });
    }
    progress('objects', at + 1);
  }
}

async function writeKey(file: string, key: Buffer): Promise<void> {
  await writeFile(file, `${key.toString('hex')}\n`, { mode: 0o600, flag: 'wx', flush: true });
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}
