import { existsSync } from 'node:fs';
import { readerOn } from '../database/kysely-database.ts';
import { SqliteConnection } from '../database/sqlite-connection.ts';
import { isDamage, StoreError } from '../database/store-error.ts';
import type { DatabaseSource, PortableRow } from './database-source.ts';
import { ROWS_PER_SLICE } from './database-source.ts';
import type { Ask, PortableTable } from './table-catalog.ts';
import { readCatalog, readMigrationNumber } from './table-catalog.ts';

/**
 * A moment of a SQLite file: a read transaction on the write-ahead log, in which readers and the writer never wait for
 * each other. As long as it lasts the log cannot start over, and grows by what is written meanwhile.
 */
export async function openSqliteSource(file: string): Promise<DatabaseSource> {
  if (!existsSync(file)) throw new StoreError('database-missing', `there is no database at ${file}`);
  const connection = openOrRefuse(file);
  try {
    const ask: Ask = (sql) => Promise.resolve(connection.run<never>(sql, []).rows);
    connection.database.exec('begin');
    // The transaction begins to hold its moment with the first read.
    const migration = await readMigrationNumber(ask, 'sqlite');
    return {
      dialect: 'sqlite',
      db: readerOn('sqlite', connection),
      migration,
      tables: await readCatalog(ask, 'sqlite'),
      at: Date.now(),
      rowsOf: (table) => slicesOf(connection, table),
      lastIdentity: async ({ name }) => {
        const rows = await ask<{ name: string; seq: number }>('select name, seq from sqlite_sequence');
        return rows.find((row) => row.name === name)?.seq ?? 0;
      },
      damages: () => Promise.resolve(damagesOf(connection)),
      [Symbol.asyncDispose]: () => Promise.resolve(connection.close()),
    };
  } catch (error) {
    connection.close();
    throw asDamaged(error);
  }
}

function openOrRefuse(file: string): SqliteConnection {
  try {
    return new SqliteConnection(file, { reads: 'long' });
  } catch (error) {
    throw asDamaged(error);
  }
}

/** Damage is something that an operator can act on. */
function asDamaged(error: unknown): unknown {
  if (!isDamage(error)) return error;
  return new StoreError('database-inconsistent', `the database is damaged: ${error.message}`, { cause: error });
}

async function* slicesOf(connection: SqliteConnection, table: PortableTable): AsyncIterable<readonly PortableRow[]> {
  const columns = table.columns.map((column) => `"${column}"`).join(', ');
  const statement = connection.database.prepare(`select ${columns} from "${table.name}"`);
  statement.setReturnArrays(true);
  let slice: PortableRow[] = [];
  for (const row of statement.iterate()) {
    slice.push(row as unknown as PortableRow);
    if (slice.length < ROWS_PER_SLICE) continue;
    yield slice;
    slice = [];
  }
  if (slice.length > 0) yield slice;
}

const MAX_DAMAGES = 20;

/** https://sqlite.org/pragma.html#pragma_integrity_check: one row "ok", or one a damage. */
function damagesOf(connection: SqliteConnection): readonly string[] {
  try {
    return namedDamages(connection);
  } catch (error) {
    // So bad that SQLite cannot look through it.
    if (isDamage(error)) return [error.message];
    throw error;
  }
}

function namedDamages(connection: SqliteConnection): readonly string[] {
  const said = connection.run<{ integrity_check: string }>(`pragma integrity_check(${MAX_DAMAGES})`, []).rows;
  const damages = said.map((row) => row.integrity_check).filter((text) => text !== 'ok');
  const orphans = connection.run<{ table: string; parent: string }>('pragma foreign_key_check', []).rows;
  const missing = orphans.slice(0, MAX_DAMAGES).map(({ table, parent }) => `a row of ${table} names no ${parent}`);
  return [...damages, ...missing];
}
