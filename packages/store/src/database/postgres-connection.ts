import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import pg from 'pg';

const INT8_OID = 20;
const NUMERIC_OID = 1700;
const PREPARE_FROM_RUN = 3;
const MAX_PREPARED_STATEMENTS = 400;
const MAX_COUNTED_STATEMENTS = 4000;
const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 60_000;

/** bigint and numeric (what `sum` gives) come as numbers: all of ours are safe integers. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === INT8_OID || oid === NUMERIC_OID ? Number : pg.types.getTypeParser(oid, format as 'text')) as never,
};

export function createPostgresPool(url: string, maxConnections: number): pg.Pool {
  return new pg.Pool({ ...clientConfig(url), max: maxConnections, idleTimeoutMillis: IDLE_TIMEOUT_MS });
}

export function clientConfig(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    types,
    application_name: 'updraft',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
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
    const result = await this.client.query(name === undefined ? { text: sql, values } : { name, text: sql, values });
    return {
      rows: result.rows as R[],
      ...(result.rowCount === null ? {} : { numAffectedRows: BigInt(result.rowCount) }),
    };
  }

  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('read page by page: a stream would hold a connection of the pool as long as its reader likes');
  }
}
