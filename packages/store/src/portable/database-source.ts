import type { Kysely } from 'kysely';
import type { Dialect } from '../command.ts';
import type { DatabaseLocation } from '../database/database-url.ts';
import type { Schema } from '../schema.ts';
import type { PortableTable } from './table-catalog.ts';

/** Rows that are read and written together; some hundred KiB. */
export const ROWS_PER_SLICE = 1000;

export type PortableValue = string | number | null;
/** Values in the order of the table's columns. */
export type PortableRow = readonly PortableValue[];

/**
 * One moment of a database, read from beside the servers that go on writing to it. It sees what was committed when it
 * was opened, and nothing later; it takes no lock that a writer waits for.
 */
export interface DatabaseSource extends AsyncDisposable {
  readonly dialect: Dialect;
  /** For questions about that moment. */
  readonly db: Kysely<Schema>;
  /** The migration that the schema stands at. */
  readonly migration: number;
  readonly tables: readonly PortableTable[];
  /** The database's clock at that moment, epoch ms. */
  readonly at: number;
  /** Every row of a table, in slices of at most {@link ROWS_PER_SLICE}. */
  rowsOf(table: PortableTable): AsyncIterable<readonly PortableRow[]>;
  /** The last number that the table's identity gave, also to rows that are gone; 0 where it gave none. */
  lastIdentity(table: PortableTable): Promise<number>;
  /** What the database itself finds wrong with its files; empty where all is well. Reads all of SQLite's. */
  damages(): Promise<readonly string[]>;
}

/** Throws a StoreError: `database-missing`, `database-unreachable`. */
export async function openDatabaseSource(location: DatabaseLocation): Promise<DatabaseSource> {
  if (location.dialect === 'sqlite') {
    const { openSqliteSource } = await import('./sqlite-source.ts');
    return openSqliteSource(location.file);
  }
  const { openPostgresSource } = await import('./postgres-source.ts');
  return openPostgresSource(location.url);
}
