import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  type DatabaseSource,
  holdObjects,
  type ObjectStore,
  openDatabaseSource,
  openDiskObjects,
  parseDatabaseUrl,
  type PortableTable,
  refuseUnknownSchema,
  StoreError,
} from '@updraft/store';
import type { Settings } from '../config/configuration.ts';
import { instanceKeyOf } from '../config/instance-key.ts';
import { VERSION } from '../version.ts';
import {
  type BackupManifest,
  type BackupObject,
  type BackupTable,
  KEY_FILE,
  keyFingerprint,
  MANIFEST_FILE,
  objectFile,
  OBJECTS_FOLDER,
  tableFile,
  TABLES_FOLDER,
} from './backup-manifest.ts';
import { copyHashed } from './hashed-copy.ts';
import type { Progress } from './progress.ts';
import { writeTableFile } from './table-file.ts';
import { UpkeepError } from './upkeep-error.ts';

const OWNER_ONLY = 0o700;

type Objects = { readonly known: BackupObject[]; readonly tenantOf: Map<string, number> };

/**
 * Writes what a server keeps into a new folder, also while the server serves: first every table as it was at one moment,
 * then the objects that those rows name, each hashed on its way. The folder has its name only once it is whole. Throws
 * `backup-exists`, `object-damaged`, `database-inconsistent`, or what the store throws.
 */
export async function backUp(settings: Settings, folder: string, progress: Progress): Promise<BackupManifest> {
  await refuseFilled(folder);
  const partial = await mkdtemp(`${folder}.partial-`);
  try {
    const manifest = await fill(settings, partial, progress);
    await saveText(path.join(partial, MANIFEST_FILE), `${JSON.stringify(manifest, null, 1)}\n`);
    for (const made of [TABLES_FOLDER, OBJECTS_FOLDER, '.']) await syncFolder(path.join(partial, made));
    await rename(partial, folder);
    await syncFolder(path.dirname(folder));
    return manifest;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

async function fill(settings: Settings, partial: string, progress: Progress): Promise<BackupManifest> {
  const { dataDir } = settings.configuration;
  const location = parseDatabaseUrl(settings.secrets.databaseUrl, dataDir);
  if (location.dialect === 'sqlite' && !existsSync(location.file))
    throw new StoreError('database-missing', `there is no database at ${location.file}`);
  // Before the moment of the database, and until the last object is copied.
  await using _hold = await holdObjects(location);
  await using source = await openDatabaseSource(location);
  refuseUnknownSchema(source);
  await refuseDamaged(source);
  await mkdir(path.join(partial, TABLES_FOLDER), { mode: OWNER_ONLY });
  await mkdir(path.join(partial, OBJECTS_FOLDER), { mode: OWNER_ONLY });
  const objects: Objects = { known: [], tenantOf: new Map() };
  const tables: BackupTable[] = [];
  for (const table of source.tables) tables.push(await saveTable({ source, table, objects, partial, progress }));
  const stored = await openDiskObjects(path.join(dataDir, OBJECTS_FOLDER));
  for (const object of objects.known) await saveObject({ stored, object, objects, partial, progress });
  return {
    format: 'updraft-backup',
    version: 1,
    program: VERSION,
    madeAt: new Date(source.at).toISOString(),
    database: source.dialect,
    migration: source.migration,
    instanceKey: await saveKey(settings, partial),
    tables,
    objects: objects.known,
  };
}

async function refuseFilled(folder: string): Promise<void> {
  const found = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (found.length > 0) throw new UpkeepError('backup-exists', `${folder} is not empty: name a new folder`);
}

/** A backup of a damaged database would be found out when it is needed. */
async function refuseDamaged(source: DatabaseSource): Promise<void> {
  const [damage] = await source.damages();
  if (damage !== undefined)
    throw new StoreError('database-inconsistent', `the database is damaged (${damage}): nothing was written`);
}

type SavingTable = {
  readonly source: DatabaseSource;
  readonly table: PortableTable;
  readonly objects: Objects;
  readonly partial: string;
  readonly progress: Progress;
};

async function saveTable({ source, table, objects, partial, progress }: SavingTable): Promise<BackupTable> {
  const { name, columns } = table;
  let rows = 0;
  const noted = async function* () {
    for await (const slice of source.rowsOf(table)) {
      if (name === 'artifact') noteObjects(objects, columns, slice);
      rows += slice.length;
      progress(`table ${name}`, rows);
      yield slice;
    }
  };
  const sha256 = await writeTableFile(tableFile(partial, table), noted());
  const identity = table.hasIdentity ? await source.lastIdentity(table) : null;
  return { name, columns: [...columns], rows, identity, sha256 };
}

/** The same content under two names, or of two tenants, is one object in a backup. */
function noteObjects({ known, tenantOf }: Objects, columns: readonly string[], slice: readonly (readonly unknown[])[]) {
  const [tenantAt, sha256At, sizeAt] = ['tenant', 'sha256', 'size'].map((column) => columns.indexOf(column));
  for (const row of slice) {
    const sha256 = String(row[sha256At ?? -1]);
    if (tenantOf.has(sha256)) continue;
    tenantOf.set(sha256, Number(row[tenantAt ?? -1]));
    known.push({ sha256, size: Number(row[sizeAt ?? -1]) });
  }
}

type SavingObject = {
  readonly stored: ObjectStore;
  readonly object: BackupObject;
  readonly objects: Objects;
  readonly partial: string;
  readonly progress: Progress;
};

async function saveObject({ stored, object, objects, partial, progress }: SavingObject): Promise<void> {
  const { sha256 } = object;
  await using source = await stored.open(objects.tenantOf.get(sha256) ?? 0, sha256);
  const written = await copyHashed(source, objectFile(partial, object));
  if (written !== sha256)
    throw new UpkeepError('object-damaged', `the object ${sha256} is damaged: "updraft doctor --full" lists them`);
  progress('objects', objects.known.indexOf(object) + 1);
}

/** What is made in the data directory belongs to the backup; what an operator configured stays with him. */
async function saveKey({ configuration, secrets }: Settings, partial: string) {
  const key = await instanceKeyOf(secrets.instanceKey, configuration.dataDir);
  const included = secrets.instanceKey === null;
  if (included) await saveText(path.join(partial, KEY_FILE), `${key.toString('hex')}\n`);
  return { included, fingerprint: keyFingerprint(key) };
}

async function saveText(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600, flag: 'wx', flush: true });
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}
