import type pg from 'pg';
import { transactionOver } from './kysely-database.ts';
import {
  acquireClient,
  createPostgresPool,
  createReadingPool,
  PostgresConnection,
  StatementNames,
} from './postgres-connection.ts';
import { StoreError } from './store-error.ts';
import { migrate } from '../migrations/migrate.ts';

const MIN_SERVER_VERSION = 150_000;
/** The advisory lock under which one server of many migrates: "updr" in ASCII. */
export const MIGRATION_LOCK = 0x75706472;
const DEFAULT_MAX_CONNECTIONS = 10;
/** Of a server's connections: polls share their reads, one on its way at a time for each kind. */
const MAX_READING_CONNECTIONS = 3;

/** `pool` is for commands and long reads, `reading` for short ones, which wait for none of those. */
export type PostgresDatabase = { readonly pool: pg.Pool; readonly reading: pg.Pool; readonly names: StatementNames };

/** Connects, checks the server, and brings the schema to date. Throws a coded StoreError. */
export async function openPostgres(
  url: string,
  { maxConnections = DEFAULT_MAX_CONNECTIONS, onLost }: { maxConnections?: number; onLost: (error: Error) => void },
): Promise<PostgresDatabase> {
  const forReading = Math.max(1, Math.min(MAX_READING_CONNECTIONS, Math.floor(maxConnections / 3)));
  const pool = createPostgresPool(url, { maxConnections: Math.max(1, maxConnections - forReading), onLost });
  try {
    const client = await acquireClient(pool);
    try {
      await checkServer(client);
      await migrateUnderLock(client);
    } finally {
      client.release();
    }
    const reading = createReadingPool(url, { maxConnections: forReading, onLost });
    return { pool, reading, names: new StatementNames() };
  } catch (error) {
    await pool.end();
    throw error;
  }
}

export async function checkServer(client: pg.PoolClient): Promise<void> {
  const { rows } = await client.query<{ version: string; encoding: string }>(
    "select current_setting('server_version_num') as version, current_setting('server_encoding') as encoding",
  );
  const { version, encoding } = rows[0] ?? { version: '0', encoding: '' };
  if (Number(version) < MIN_SERVER_VERSION)
    throw new StoreError('database-too-old', `PostgreSQL 15 or newer is needed; this is ${version}`);
  if (encoding !== 'UTF8')
    throw new StoreError('database-encoding', `the database must be encoded as UTF8; it is ${encoding}`);
}

async function migrateUnderLock(client: pg.PoolClient): Promise<void> {
  try {
    await client.query(`begin; select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    await migrate(await transactionOver('postgres', new PostgresConnection(client, new StatementNames())), 'postgres');
    await client.query('commit');
  } catch (error) {
    // Where the connection is gone, so is the transaction.
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}
