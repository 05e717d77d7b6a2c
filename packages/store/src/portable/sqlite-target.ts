import { existsSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import type { SQLInputValue } from 'node:sqlite';
import { migrateSqlite } from '../database/open-sqlite.ts';
import { transactionOver } from '../database/kysely-database.ts';
import { SqliteConnection } from '../database/sqlite-connection.ts';
import { StoreError } from '../database/store-error.ts';
import { migrate } from '../migrations/migrate.ts';
import type { PortableRow } from './database-source.ts';
import type { DatabaseTarget, Finish } from './database-target.ts';
import { refuseOtherCounts } from './database-target.ts';
import type { Ask, PortableTable } from './table-catalog.ts';
import { readCatalog } from './table-catalog.ts';

/** A new SQLite file. Until it is finished nothing is synced and nothing can be undone: a crash leaves a file to remove. */
export async function createSqliteTarget(file: string, migration: number): Promise<DatabaseTarget> {
  if (existsSync(file)) throw new StoreError('database-not-empty', `there is a database at ${file} already`);
  await migrateSqlite(file, migration);
  const connection = new SqliteConnection(file);
  connection.database.exec('pragma foreign_keys = off; pragma journal_mode = delete; pragma synchronous = off');
  const ask: Ask = (sql) => Promise.resolve(connection.run<never>(sql, []).rows);
  const tables = await readCatalog(ask, 'sqlite');
  connection.database.exec('begin immediate');
  for (const { name } of tables) connection.database.exec(`delete from "${name}"`);
  let isFinished = false;
  return {
    dialect: 'sqlite',
    tables,
    write: (table, rows) => Promise.resolve(insertRows(connection, table, rows)),
    finish: async (finish) => {
      await finishFile(connection, tables, finish);
      connection.close();
      await syncFile(file);
      isFinished = true;
    },
    [Symbol.asyncDispose]: async () => {
      connection.close();
      if (!isFinished) for (const rest of ['', '-journal', '-wal', '-shm']) await rm(file + rest, { force: true });
    },
  };
}

function insertRows(connection: SqliteConnection, table: PortableTable, rows: readonly PortableRow[]): void {
  const columns = table.columns.map((column) => `"${column}"`).join(', ');
  const places = table.columns.map(() => '?').join(', ');
  const insert = connection.database.prepare(`insert into "${table.name}" (${columns}) values (${places})`);
  // A whole number bound as REAL is stored as INTEGER: the tables are STRICT.
  for (const row of rows) insert.run(...(row as SQLInputValue[]));
}

async function finishFile(connection: SqliteConnection, tables: readonly PortableTable[], finish: Finish) {
  const count = (name: string) => connection.run<{ n: number }>(`select count(*) as n from "${name}"`, []).rows[0]?.n;
  refuseOtherCounts(finish.rows, new Map(tables.map(({ name }) => [name, count(name) ?? 0])));
  refuseOrphans(connection);
  const db = await transactionOver('sqlite', connection);
  await migrate(db, 'sqlite');
  for (const [table, last] of finish.identities) {
    connection.run('delete from sqlite_sequence where name = ?', [table]);
    connection.run('insert into sqlite_sequence (name, seq) values (?, ?)', [table, last]);
  }
  await finish.adjust?.(db);
  refuseOrphans(connection);
  connection.database.exec('commit');
}

function refuseOrphans(connection: SqliteConnection): void {
  const [orphan] = connection.run<{ table: string; parent: string }>('pragma foreign_key_check', []).rows;
  if (orphan !== undefined)
    throw new StoreError('database-inconsistent', `a row of ${orphan.table} names a ${orphan.parent} that is missing`);
}

async function syncFile(file: string): Promise<void> {
  await using handle = await open(file, 'r');
  await handle.sync();
}
