import assert from 'node:assert/strict';
import path from 'node:path';
import { after, test } from 'node:test';
import type { DatabaseLocation } from '../src/database/database-url.ts';
import { migrateSqlite } from '../src/database/open-sqlite.ts';
import { SqliteConnection } from '../src/database/sqlite-connection.ts';
import { transactionOver } from '../src/database/kysely-database.ts';
import { copyDatabase } from '../src/portable/copy-database.ts';
import type { DatabaseSource, PortableRow } from '../src/portable/database-source.ts';
import { openDatabaseSource } from '../src/portable/database-source.ts';
import { createDatabaseTarget } from '../src/portable/database-target.ts';
import { addHotFixture } from './hot-fixture.ts';
import { postgresMaker } from './postgres-maker.ts';
import { aTemporaryFolder } from './temporary-folder.ts';

const { cluster, end } = postgresMaker();
after(end);

async function aFilledFile(folder: string): Promise<DatabaseLocation> {
  const file = path.join(folder, 'source.db');
  await migrateSqlite(file);
  const connection = new SqliteConnection(file);
  const db = await transactionOver('sqlite', connection);
  await addHotFixture({ db });
  // A row that is gone has had its id all the same.
  connection.database.exec('delete from device where id = 3');
  connection.close();
  return { dialect: 'sqlite', file };
}

async function copied(from: DatabaseLocation, to: DatabaseLocation): Promise<void> {
  await using source = await openDatabaseSource(from);
  await using target = await createDatabaseTarget(to, source.migration);
  await copyDatabase(source, target);
}

type Content = Readonly<Record<string, { readonly last: number; readonly rows: readonly string[] }>>;

/** Rows as text by column name, in an order of their own: what must be equal in both databases. */
async function contentOf(location: DatabaseLocation): Promise<Content> {
  await using source = await openDatabaseSource(location);
  const content: Record<string, { last: number; rows: string[] }> = {};
  for (const table of source.tables) {
    const rows: string[] = [];
    for await (const slice of source.rowsOf(table)) rows.push(...slice.map((row) => textOf(table.columns, row)));
    content[table.name] = { last: table.hasIdentity ? await source.lastIdentity(table) : 0, rows: rows.toSorted() };
  }
  return content;
}

function textOf(columns: readonly string[], row: PortableRow): string {
  return JSON.stringify(Object.fromEntries(columns.toSorted().map((column) => [column, row[columns.indexOf(column)]])));
}

test('every table, row and identity goes from SQLite to PostgreSQL and back unchanged', async (t) => {
  const url = await (await cluster(t))?.createDatabase();
  if (url === undefined) return;
  await using folder = await aTemporaryFolder();
  const first = await aFilledFile(folder.path);
  const postgres = { dialect: 'postgres', url } as const;
  const back = { dialect: 'sqlite', file: path.join(folder.path, 'back.db') } as const;
  await copied(first, postgres);
  await copied(postgres, back);
  const before = await contentOf(first);
  assert.deepEqual(await contentOf(postgres), before);
  assert.deepEqual(await contentOf(back), before);
  assert.equal(before['device']?.last, 3);
});

test('the tables of a copy are all that the database has', async () => {
  await using folder = await aTemporaryFolder();
  const location = await aFilledFile(folder.path);
  await using source = await openDatabaseSource(location);
  const connection = new SqliteConnection(location.dialect === 'sqlite' ? location.file : '');
  const { rows } = connection.run<{ name: string }>(
    `select name from sqlite_schema where type = 'table' and name not in ('migration', 'sqlite_sequence')`,
    [],
  );
  connection.close();
  assert.deepEqual(source.tables.map(({ name }) => name).toSorted(), rows.map(({ name }) => name).toSorted());
});

test('a source goes on seeing its moment while the writer goes on', async () => {
  await using folder = await aTemporaryFolder();
  const location = await aFilledFile(folder.path);
  await using source = await openDatabaseSource(location);
  const writer = new SqliteConnection(location.dialect === 'sqlite' ? location.file : '');
  writer.database.exec('delete from report');
  writer.close();
  assert.equal(await rowsIn(source, 'report'), 1);
});

test('a database that holds something is not written to', async (t) => {
  const url = await (await cluster(t))?.createDatabase();
  if (url === undefined) return;
  await using folder = await aTemporaryFolder();
  const first = await aFilledFile(folder.path);
  await copied(first, { dialect: 'postgres', url });
  await assert.rejects(copied(first, { dialect: 'postgres', url }), { code: 'database-not-empty' });
  await assert.rejects(copied(first, first), { code: 'database-not-empty' });
});

for (const dialect of ['sqlite', 'postgres'] as const)
  test(`a copy that lost a row, or whose row names none, is not committed (${dialect})`, async (t) => {
    await using folder = await aTemporaryFolder();
    const url = dialect === 'postgres' ? await (await cluster(t))?.createDatabase() : '';
    if (url === undefined) return;
    const to: DatabaseLocation =
      dialect === 'postgres' ? { dialect, url } : { dialect, file: path.join(folder.path, 'to.db') };
    await using source = await openDatabaseSource(await aFilledFile(folder.path));
    const lossy = (lost: (name: string) => boolean): DatabaseSource => ({
      ...source,
      rowsOf: (table) => (lost(table.name) ? nothing() : source.rowsOf(table)),
    });
    const refused = { code: 'database-inconsistent' };
    await assert.rejects(
      copyInto(
        to,
        lossy((name) => name === 'tenant'),
      ),
      refused,
    );
    const writesLess = async () => {
      await using target = await createDatabaseTarget(to, source.migration);
      await copyDatabase(source, { ...target, write: async (table, rows) => target.write(table, rows.slice(1)) });
    };
    await assert.rejects(writesLess(), refused);
    await copyInto(to, source);
  });

async function copyInto(to: DatabaseLocation, source: DatabaseSource): Promise<void> {
  await using target = await createDatabaseTarget(to, source.migration);
  await copyDatabase(source, target);
}

async function* nothing(): AsyncIterable<readonly PortableRow[]> {
  // A table whose rows did not come.
}

async function rowsIn(source: DatabaseSource, name: string): Promise<number> {
  const table = source.tables.find((one) => one.name === name) ?? assert.fail();
  let rows = 0;
  for await (const slice of source.rowsOf(table)) rows += slice.length;
  return rows;
}
