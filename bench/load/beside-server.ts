import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { openStore, type Store } from '@updraft/store';
import type { Commands } from '../../packages/server/src/use-cases/commands.ts';
import { connectAlone } from '../../packages/store/src/database/postgres-connection.ts';
import { say } from './figures.ts';

const COMMANDS = path.join(import.meta.dirname, '..', '..', 'packages', 'server', 'src', 'use-cases', 'commands.ts');
const BUSY_TIMEOUT_MS = 60_000;

/** Where a server keeps its rows: `databaseUrl` is PostgreSQL's address; none: SQLite in `folder`. */
export type Place = { readonly folder: string; readonly databaseUrl?: string };

/**
 * Runs set statements in a server's database, beside it; each is a commit of its own. The indexes of the tables that they
 * fill are made anew behind them, which takes a third of the time.
 */
export function runBeside({ folder, databaseUrl }: Place, { fills, statements }: BulkLoad): Promise<void> {
  if (databaseUrl !== undefined) return loadPostgres(databaseUrl, { fills, statements });
  loadSqlite(path.join(folder, 'data', 'updraft.db'), { fills, statements });
  return Promise.resolve();
}

/** Set statements, and the tables that they fill. */
export type BulkLoad = { readonly fills: readonly string[]; readonly statements: readonly string[] };

type StoredIndex = { readonly name: string; readonly definition: string };

function loadSqlite(file: string, { fills, statements }: BulkLoad): void {
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    database.exec('pragma synchronous = off; pragma cache_size = -200000');
    const indexes = database
      .prepare(
        `select name, sql as definition from sqlite_master
         where type = 'index' and sql is not null and tbl_name in (select value from json_each(?))`,
      )
      .all(JSON.stringify(fills)) as StoredIndex[];
    for (const { name } of indexes) database.exec(`drop index "${name}"`);
    for (const statement of statements) database.exec(statement);
    for (const { definition } of indexes) database.exec(definition);
    database.exec('pragma wal_checkpoint(truncate)');
  } finally {
    database.close();
  }
}

async function loadPostgres(url: string, { fills, statements }: BulkLoad): Promise<void> {
  const { client, close } = await connectAlone(url);
  try {
    await client.query(FAST_LOAD);
    const { rows: indexes } = await client.query<StoredIndex>(DROPPABLE_INDEXES, [fills]);
    for (const { name } of indexes) await client.query(`drop index "${name}"`);
    for (const statement of statements) await client.query(statement);
    for (const { definition } of indexes) await client.query(definition);
    await client.query('vacuum analyze');
  } finally {
    await close();
  }
}

/** Foreign keys are not looked up row by row: the statements keep them. */
const FAST_LOAD = `set synchronous_commit = off; set work_mem = '64MB'; set maintenance_work_mem = '256MB';
  set session_replication_role = replica`;

const DROPPABLE_INDEXES = `select c.relname as name, pg_get_indexdef(i.indexrelid) as definition
  from pg_index as i join pg_class as c on c.oid = i.indexrelid
  where i.indrelid = any (select oid from pg_class where relname = any ($1))
    and not exists (select 1 from pg_constraint as k where k.conindid = i.indexrelid)`;

/** The store of a server that has ended, with its commands. */
export function openStoreOf({ folder, databaseUrl = 'sqlite:' }: Place): Promise<Store<Commands>> {
  return openStore<Commands>({
    databaseUrl,
    dataDir: path.join(folder, 'data'),
    commandsModule: pathToFileURL(COMMANDS),
    onFatal: (error) => {
      throw error;
    },
    log: { warn: () => undefined, error: (details, message) => say(`${message}: ${JSON.stringify(details)}`) },
  });
}
