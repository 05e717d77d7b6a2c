import type { Transaction } from 'kysely';
import type { Dialect } from '../command.ts';
import type { DatabaseLocation } from '../database/database-url.ts';
import { StoreError } from '../database/store-error.ts';
import type { Schema } from '../schema.ts';
import type { PortableRow } from './database-source.ts';
import type { PortableTable } from './table-catalog.ts';

export type Finish = {
  /** By table: how many rows were written. */
  readonly rows: ReadonlyMap<string, number>;
  /** By table: the last number that its identity has given. */
  readonly identities: ReadonlyMap<string, number>;
  /** What is changed in the copy before anybody sees it, under the newest schema. */
  readonly adjust?: (db: Transaction<Schema>) => Promise<void>;
};

/**
 * A new, empty database that is filled table by table and seen by nobody before `finish` has checked and committed it.
 * Disposing of it unfinished leaves nothing behind.
 */
export interface DatabaseTarget extends AsyncDisposable {
  readonly dialect: Dialect;
  /** The tables of the schema that rows are taken for. */
  readonly tables: readonly PortableTable[];
  write(table: PortableTable, rows: readonly PortableRow[]): Promise<void>;
  /**
   * Counts the rows of every table, checks every reference between them, brings the schema to date, sets the identities
   * and commits. Throws `database-inconsistent` where a count differs or a row names one that is missing.
   */
  finish(finish: Finish): Promise<void>;
}

/**
 * Makes the schema as it stood at `migration` in an empty database: on SQLite in a file that does not exist yet. Throws
 * a StoreError: `database-not-empty`, `database-too-new`, `database-unreachable`.
 */
export async function createDatabaseTarget(location: DatabaseLocation, migration: number): Promise<DatabaseTarget> {
  if (location.dialect === 'sqlite') {
    const { createSqliteTarget } = await import('./sqlite-target.ts');
    return createSqliteTarget(location.file, migration);
  }
  const { createPostgresTarget } = await import('./postgres-target.ts');
  return createPostgresTarget(location.url, migration);
}

/** Throws `database-inconsistent` where a table does not hold as many rows as were written. */
export function refuseOtherCounts(written: ReadonlyMap<string, number>, held: ReadonlyMap<string, number>): void {
  for (const [table, rows] of held) {
    const expected = written.get(table) ?? 0;
    if (rows !== expected)
      throw new StoreError('database-inconsistent', `${expected} rows of ${table} were written, it holds ${rows}`);
  }
}

/** The target's table for rows of these columns. Throws `schema-mismatch` where it has another form. */
export function tableFor(target: DatabaseTarget, { name, columns }: Pick<PortableTable, 'name' | 'columns'>) {
  const table = target.tables.find((one) => one.name === name);
  const misses = table === undefined || columns.length !== table.columns.length;
  if (misses || columns.some((column) => !table.columns.includes(column)))
    throw new StoreError('schema-mismatch', `the table ${name} is not as this program makes it`);
  return { ...table, columns };
}
