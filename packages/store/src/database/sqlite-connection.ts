import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';

const MAX_CACHED_STATEMENTS = 400;
const BUSY_TIMEOUT_MS = 10_000;
/** What a reader has cached counts until the next commit only; what the hot one has, a core’s own cache holds as well. */
const CACHE_KIB = { writes: 8 * 1024, long: 4 * 1024, hot: 1024 } as const;

type Row = Record<string, unknown>;
type CachedStatement = {
  readonly statement: StatementSync;
  readonly columns: readonly string[];
  /** What each of its rows is a copy of. */
  readonly shape: Row;
};

/**
 * One connection to the SQLite file, for one thread. Statements are prepared once and kept; whole numbers are bound as
 * INTEGER (node:sqlite binds every number as REAL, so that `7 / ?` with 2 would be 3.5); rows are plain objects.
 */
export class SqliteConnection implements DatabaseConnection {
  readonly database: DatabaseSync;
  readonly #cache = new Map<string, CachedStatement>();

  /** `reads`: it only reads, `hot` by the thousand a second, a few rows each. */
  constructor(file: string, { reads }: { readonly reads?: 'hot' | 'long' } = {}) {
    this.database = new DatabaseSync(file, { readOnly: reads !== undefined, timeout: BUSY_TIMEOUT_MS });
    // Nothing is mapped: each commit unmaps it all, and the next reads fault it in again, page by page.
    // What a large list or a new rollout sorts spills to a file that has no name: kept in memory, a million devices took 60 MiB more.
    this.database.exec(
      `pragma mmap_size = 0; pragma cache_size = -${CACHE_KIB[reads ?? 'writes']}; pragma temp_store = file`,
    );
    if (reads === undefined) this.database.exec(WRITER_PRAGMAS);
  }

  /** Runs a statement at once; the promise is Kysely's form. */
  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return this.run<R>(query.sql, query.parameters);
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    // Not from the cache: a statement that is being stepped cannot serve another caller between two rows.
    const statement = this.database.prepare(query.sql);
    for (const row of statement.iterate(...query.parameters.map(sqliteValue))) yield { rows: [{ ...row } as R] };
  }

  run<R>(sql: string, parameters: readonly unknown[]): QueryResult<R> {
    const { statement, columns, shape } = this.#prepare(sql);
    const values = parameters.map(sqliteValue);
    if (columns.length === 0) return { numAffectedRows: BigInt(statement.run(...values).changes), rows: [] };
    const rows = statement.all(...values) as unknown as readonly (readonly unknown[])[];
    return { numAffectedRows: BigInt(rows.length), rows: rows.map((row) => toObject(columns, shape, row) as R) };
  }

  close(): void {
    this.#cache.clear();
    if (this.database.isOpen) this.database.close();
  }

  #prepare(sql: string): CachedStatement {
    const known = this.#cache.get(sql);
    if (known !== undefined) {
      this.#cache.delete(sql);
      this.#cache.set(sql, known);
      return known;
    }
    const statement = this.database.prepare(sql);
    statement.setReturnArrays(true);
    const columns = statement.columns().map((column) => column.name);
    const cached = { statement, columns, shape: shapeOf(columns) };
    this.#cache.set(sql, cached);
    if (this.#cache.size > MAX_CACHED_STATEMENTS) this.#cache.delete(this.#cache.keys().next().value ?? '');
    return cached;
  }
}

/**
 * An acknowledged write survives power loss: WAL with synchronous=FULL. Checkpoints are never taken inside a commit but
 * between commits, by the writer.
 */
const WRITER_PRAGMAS =
  'pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 0; pragma foreign_keys = on';

function sqliteValue(value: unknown): SQLInputValue {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === 'boolean') return value ? 1n : 0n;
  return value as SQLInputValue;
}

/** Parsed, because an object that is given many keys one by one becomes a hash table, which is slow to make and to read. */
function shapeOf(columns: readonly string[]): Row {
  return JSON.parse(`{${columns.map((column) => `${JSON.stringify(column)}:null`).join(',')}}`) as Row;
}

function toObject(columns: readonly string[], shape: Row, row: readonly unknown[]): Row {
  const object = { ...shape };
  for (let at = 0; at < columns.length; at += 1) object[columns[at] as string] = row[at];
  return object;
}
