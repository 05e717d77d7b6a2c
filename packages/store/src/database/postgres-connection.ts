import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import pg from 'pg';
import { StoreError } from './store-error.ts';

const INT8_OID = 20;
const NUMERIC_OID = 1700;
const PREPARE_FROM_RUN = 3;
const MAX_PREPARED_STATEMENTS = 400;
const MAX_COUNTED_STATEMENTS = 4000;
const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 60_000;
/**
 * A connection on which nothing comes for so long is looked at by the kernel, which else waits two hours: firewalls forget
 * one after some minutes, and whoever asks on it then would wait a quarter of an hour.
 */
const KEEP_ALIVE_AFTER_MS = 30_000;
/**
 * PostgreSQL ends a transaction in which nothing comes for so long: a server that was stopped amid one would hold its
 * rows, and with them all other servers, until it goes on.
 */
const IDLE_TRANSACTION_MS = 15_000;

/** bigint and numeric (what `sum` gives) come as numbers: all of ours are safe integers. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === INT8_OID || oid === NUMERIC_OID ? Number : pg.types.getTypeParser(oid, format as 'text')) as never,
};

/** `onLost` hears of connections that end by themselves, idle or at work; without it that would end the process. */
export type PoolOptions = { readonly maxConnections: number; readonly onLost: (error: Error) => void };

/** A server's pool. */
export function createPostgresPool(url: string, { maxConnections, onLost }: PoolOptions): pg.Pool {
  const idle = { idleTimeoutMillis: IDLE_TIMEOUT_MS, idle_in_transaction_session_timeout: IDLE_TRANSACTION_MS };
  return poolOf({ ...clientConfig(url), ...idle, max: maxConnections }, onLost);
}

/**
 * A pool for short reads, whose connections stay: to plan a poll's read for the first times takes a new one as long as a
 * hundred of them, and all who poll wait for it.
 */
export function createReadingPool(url: string, { maxConnections, onLost }: PoolOptions): pg.Pool {
  return poolOf({ ...clientConfig(url), idleTimeoutMillis: 0, max: maxConnections }, onLost);
}

function poolOf(config: pg.PoolConfig, onLost: (error: Error) => void): pg.Pool {
  const pool = new pg.Pool(config);
  pool.on('connect', (client) => client.on('error', onLost));
  // The pool passes on what its idle clients say, which `onLost` has heard from them.
  pool.on('error', () => undefined);
  return pool;
}

/** A connection of the pool. Throws `database-unreachable`. */
export async function acquireClient(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (cause) {
    throw unreachable(cause);
  }
}

/**
 * One connection for who works through a database from beside its servers, with transactions that may wait for files;
 * closing it undoes what was not committed.
 */
export async function connectAlone(
  url: string,
): Promise<{ readonly client: pg.PoolClient; readonly close: () => Promise<void> }> {
  // What is lost is told by the statement that it fails.
  const pool = poolOf({ ...clientConfig(url), max: 1 }, () => undefined);
  try {
    const client = await acquireClient(pool);
    const close = async () => {
      client.release(true);
      await pool.end();
    };
    return { client, close };
  } catch (error) {
    await pool.end();
    throw error;
  }
}

/** What is no answer of the server is a connection that was lost; a TypeError is a value that nobody can send. */
export function asLostConnection(error: unknown): unknown {
  return error instanceof pg.DatabaseError || error instanceof TypeError ? error : unreachable(error);
}

function unreachable(cause: unknown): StoreError {
  return new StoreError('database-unreachable', 'PostgreSQL cannot be reached', { cause });
}

export function clientConfig(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    types,
    application_name: 'updraft',
    // Lists judge rows by subqueries whose guessed cost is high: to compile them would take longer than to run them.
    options: '-c jit=off',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
  };
}

/**
 * Which statements are prepared under a name: those that have run a few times, up to a bound, so that what people type
 * into filters does not fill the server with plans. One for all connections of a pool.
 */
export class StatementNames {
  readonly #names = new Map<string, string>();
  readonly #runs = new Map<string, number>();

  nameOf(sql: string): string | undefined {
    const name = this.#names.get(sql);
    if (name !== undefined || this.#names.size >= MAX_PREPARED_STATEMENTS) return name;
    const runs = (this.#runs.get(sql) ?? 0) + 1;
    if (runs >= PREPARE_FROM_RUN) {
      this.#runs.delete(sql);
      this.#names.set(sql, `updraft_${this.#names.size}`);
      return this.#names.get(sql);
    }
    if (this.#runs.size >= MAX_COUNTED_STATEMENTS) this.#runs.clear();
    this.#runs.set(sql, runs);
    return undefined;
  }
}

/** Kysely's view of one pg client. */
export class PostgresConnection implements DatabaseConnection {
  readonly client: pg.PoolClient;
  readonly #names: StatementNames;

  constructor(client: pg.PoolClient, names: StatementNames) {
    this.client = client;
    this.#names = names;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const name = this.#names.nameOf(sql);
    const values = [...parameters];
    const query = name === undefined ? { text: sql, values } : { name, text: sql, values };
    const result = await this.client.query(query).catch((error: unknown) => {
      throw asLostConnection(error);
    });
    return {
      rows: result.rows as R[],
      ...(result.rowCount === null ? {} : { numAffectedRows: BigInt(result.rowCount) }),
    };
  }

  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('read page by page: a stream would hold a connection of the pool as long as its reader likes');
  }
}
