import type pg from 'pg';
import { transactionOver } from '../database/kysely-database.ts';
import { checkServer, MIGRATION_LOCK } from '../database/open-postgres.ts';
import { asLostConnection, connectAlone, PostgresConnection, StatementNames } from '../database/postgres-connection.ts';
import { nativeCode, StoreError } from '../database/store-error.ts';
import { migrate } from '../migrations/migrate.ts';
import type { PortableRow } from './database-source.ts';
import type { DatabaseTarget, Finish } from './database-target.ts';
import { refuseOtherCounts } from './database-target.ts';
import type { Ask, PortableTable } from './table-catalog.ts';
import { readCatalog } from './table-catalog.ts';

const FOREIGN_KEY_VIOLATION = '23503';

/**
 * An empty PostgreSQL database, filled in one transaction under the lock of the migrations: a server that starts
 * meanwhile waits, and finds the whole or nothing. Foreign keys are taken away for the loading and checked when they
 * are put back.
 */
export async function createPostgresTarget(url: string, migration: number): Promise<DatabaseTarget> {
  const { client, close } = await connectAlone(url);
  try {
    const ask: Ask = async (sql) => (await client.query(sql).catch(rethrowLost)).rows as never[];
    await checkServer(client);
    await ask(`begin; select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    await refuseUnlessEmpty(ask);
    await migrateIn(client, migration);
    const tables = await readCatalog(ask, 'postgres');
    const references = await takeReferencesAway(ask);
    for (const { name } of tables) await ask(`delete from "${name}"`);
    return {
      dialect: 'postgres',
      tables,
      write: (table, rows) => insertRows(client, table, rows),
      finish: (finish) => finishDatabase({ client, ask, tables, references }, finish),
      // Closing a connection undoes what it did not commit.
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function refuseUnlessEmpty(ask: Ask): Promise<void> {
  const [standing] = await ask<{ name: string }>(
    `select relname as name from pg_class where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p', 'v', 'm') limit 1`,
  );
  if (standing !== undefined)
    throw new StoreError(
      'database-not-empty',
      `the database is not empty (it has ${standing.name}): name a new one, made by "create database"`,
    );
}

async function migrateIn(client: pg.PoolClient, upTo?: number): Promise<void> {
  const connection = new PostgresConnection(client, new StatementNames());
  await migrate(await transactionOver('postgres', connection), 'postgres', upTo);
}

type Reference = { readonly table: string; readonly name: string; readonly definition: string };

async function takeReferencesAway(ask: Ask): Promise<readonly Reference[]> {
  const references = await ask<Reference>(
    `select conrelid::regclass::text as table, conname as name, pg_get_constraintdef(oid) as definition
     from pg_constraint where contype = 'f' and connamespace = current_schema()::regnamespace`,
  );
  for (const { table, name } of references) await ask(`alter table ${table} drop constraint "${name}"`);
  return references;
}

/** One parameter for all rows: a JSON array that the server itself takes apart by the table's row type. */
async function insertRows(client: pg.PoolClient, table: PortableTable, rows: readonly PortableRow[]): Promise<void> {
  const columns = table.columns.map((column) => `"${column}"`).join(', ');
  const objects = rows.map((row) => Object.fromEntries(table.columns.map((column, at) => [column, row[at]])));
  const text = `insert into "${table.name}" (${columns}) overriding system value
    select ${columns} from json_populate_recordset(null::"${table.name}", $1::json)`;
  await client.query({ text, values: [JSON.stringify(objects)] }).catch(rethrowLost);
}

type Loading = {
  readonly client: pg.PoolClient;
  readonly ask: Ask;
  readonly tables: readonly PortableTable[];
  readonly references: readonly Reference[];
};

async function finishDatabase(loading: Loading, { rows, identities, adjust }: Finish): Promise<void> {
  const { client, ask, tables, references } = loading;
  const held = new Map<string, number>();
  for (const { name } of tables)
    held.set(name, (await ask<{ n: number }>(`select count(*) as n from "${name}"`))[0]?.n ?? 0);
  refuseOtherCounts(rows, held);
  for (const { table, name, definition } of references)
    await ask(`alter table ${table} add constraint "${name}" ${definition}`).catch(rethrowOrphan);
  await migrateIn(client);
  for (const [table, last] of identities)
    if (last > 0) await ask(`select setval(pg_get_serial_sequence('"${table}"', 'id'), ${last})`);
  if (adjust !== undefined)
    await adjust(await transactionOver('postgres', new PostgresConnection(client, new StatementNames())));
  await ask('commit');
  await ask('analyze');
}

function rethrowOrphan(cause: unknown): never {
  if (nativeCode(cause) !== FOREIGN_KEY_VIOLATION) throw cause;
  throw new StoreError('database-inconsistent', 'a row names one that is missing', { cause });
}

function rethrowLost(error: unknown): never {
  throw asLostConnection(error);
}
