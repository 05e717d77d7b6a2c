import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Kysely } from 'kysely';
import type { CommandMap, CommandRunner, Dialect, Touched } from './command.ts';
import type { ClockOffset } from './database/database-clock.ts';
import { openDiskObjects } from './objects/disk-objects.ts';
import type { ObjectStore } from './objects/object-store.ts';
import { parseDatabaseUrl } from './database/database-url.ts';
import type { Schema } from './schema.ts';
import type { StoreLog } from './store-log.ts';

export type StoreOptions = {
  /** `sqlite:`, `sqlite:NAME` or `postgres://…`. */
  readonly databaseUrl: string;
  readonly dataDir: string;
  /** A module that exports `commands`, a CommandMap. On SQLite the writer thread imports it: nothing heavy, no effects. */
  readonly commandsModule: URL;
  /**
   * What a commit touched, of any server on this database; told before the command's caller hears. `events` says that
   * new events can be read.
   */
  readonly onCommitted?: (touched: Touched) => void;
  /** Commits of other servers may have been missed: forget what was cached. PostgreSQL only. */
  readonly onMissed?: () => void;
  /** Nothing can be written any more: end the process. */
  readonly onFatal: (error: Error) => void;
  readonly log: StoreLog;
  readonly maxConnections?: number;
  readonly clockOffset?: ClockOffset;
};

/** The options, and what both databases share. */
export type StoreParts = StoreOptions & { readonly objects: ObjectStore };

/** What one installation keeps: SQL with where it is read and where commands write, and objects. */
export interface Store<M extends CommandMap> extends AsyncDisposable {
  readonly dialect: Dialect;
  /** For short, indexed reads: on SQLite they run in the caller's thread. */
  readonly reader: Kysely<Schema>;
  /** For lists, exports and sweeps: on SQLite they run on a reading thread of their own, one after the other. */
  readonly longReader: Kysely<Schema>;
  readonly commands: CommandRunner<M>;
  /** Bytes of artifacts, in `objects` in the data directory. */
  readonly objects: ObjectStore;
  /** Calls `listener` whenever new events can be read; gives the function that ends it. */
  onEvents(listener: () => void): () => void;
  /** The database's clock, epoch ms. */
  now(): Promise<number>;
  /** The same as it is known here without asking: on PostgreSQL, as of the last command of this process. */
  readonly clock: () => number;
  /** Waits for running commands and lets go of everything. */
  close(): Promise<void>;
}

/**
 * Opens the database, brings its schema to date and starts what runs commands. Throws a StoreError whose code says why
 * not: `data-dir-in-use`, `database-url-invalid`, `database-too-new`, `database-unreachable` …
 */
export async function openStore<M extends CommandMap>(options: StoreOptions): Promise<Store<M>> {
  const location = parseDatabaseUrl(options.databaseUrl, options.dataDir);
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const objects = await openDiskObjects(path.join(options.dataDir, 'objects'));
  // Either loads its own driver only: the other's would take memory for nothing.
  if (location.dialect === 'sqlite') {
    const { openSqliteStore } = await import('./sqlite-store.ts');
    return openSqliteStore<M>({ ...options, objects }, location.file);
  }
  const { openPostgresStore } = await import('./postgres-store.ts');
  return openPostgresStore<M>({ ...options, objects }, location.url);
}
