import {
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  ValueNode,
} from 'kysely';
import type {
  CompiledQuery,
  DatabaseConnection,
  Driver,
  Dialect as KyselyDialect,
  LimitNode,
  OffsetNode,
  OperationNode,
  QueryResult,
  Transaction,
} from 'kysely';
import type { Dialect } from '../command.ts';
import type { Schema } from '../schema.ts';

export type Connections = {
  readonly acquire: () => Promise<DatabaseConnection>;
  readonly release: (connection: DatabaseConnection) => void;
};

/** The one connection of each Kysely that has one for good. */
const SOLE_CONNECTIONS = new WeakMap<Kysely<Schema>, DatabaseConnection>();

/** Kysely for reading, over connections that somebody else opens and closes. Transactions belong to commands. */
export function readerOver(dialect: Dialect, connections: Connections): Kysely<Schema> {
  const refuse = () => Promise.reject(new Error('transactions belong to commands'));
  return new Kysely<Schema>({ dialect: kyselyDialect(dialect, driverOver(connections, refuse)) });
}

/** The same over one connection, which somebody else opens and closes. */
export function readerOn(dialect: Dialect, connection: DatabaseConnection): Kysely<Schema> {
  const reader = readerOver(dialect, onlyThis(connection));
  SOLE_CONNECTIONS.set(reader, connection);
  return reader;
}

/** What a reader speaks. */
export function dialectOf(db: Kysely<Schema>): Dialect {
  return db.getExecutor().adapter instanceof PostgresAdapter ? 'postgres' : 'sqlite';
}

/**
 * Runs a statement that was compiled before. Where a Kysely has one connection it goes there at once: to lend it out and
 * take it back takes Kysely a dozen promises, which is more than a short statement.
 */
export function runCompiled<R>(db: Kysely<Schema>, query: CompiledQuery<R>): Promise<QueryResult<R>> {
  return SOLE_CONNECTIONS.get(db)?.executeQuery<R>(query) ?? db.executeQuery(query);
}

/**
 * A Kysely transaction bound to one connection for as long as that lives. Whoever calls this begins and commits by
 * statements of his own, so that many commands can share one commit; Kysely only believes that one is under way.
 */
export async function transactionOver(dialect: Dialect, connection: DatabaseConnection): Promise<Transaction<Schema>> {
  const driver = driverOver(onlyThis(connection), () => Promise.resolve());
  const database = new Kysely<Schema>({ dialect: kyselyDialect(dialect, driver) });
  const transaction = await database.startTransaction().execute();
  SOLE_CONNECTIONS.set(transaction, connection);
  return transaction;
}

function onlyThis(connection: DatabaseConnection): Connections {
  return { acquire: () => Promise.resolve(connection), release: () => undefined };
}

function driverOver(connections: Connections, transaction: () => Promise<void>): Driver {
  return {
    init: () => Promise.resolve(),
    destroy: () => Promise.resolve(),
    acquireConnection: connections.acquire,
    releaseConnection: (connection) => Promise.resolve(connections.release(connection)),
    beginTransaction: transaction,
    commitTransaction: transaction,
    rollbackTransaction: transaction,
  };
}

function kyselyDialect(dialect: Dialect, driver: Driver): KyselyDialect {
  if (dialect === 'postgres')
    return {
      createDriver: () => driver,
      createAdapter: () => new PostgresAdapter(),
      createQueryCompiler: () => new PostgresQueryCompiler(),
      createIntrospector: (database) => new PostgresIntrospector(database),
    };
  return {
    createDriver: () => driver,
    createAdapter: () => new SharedSqliteAdapter(),
    createQueryCompiler: () => new CountingSqliteCompiler(),
    createIntrospector: (database) => new SqliteIntrospector(database),
  };
}

/** SQLite prepares a statement anew at each run where its LIMIT is bound: a count that is known stands in the text. */
class CountingSqliteCompiler extends SqliteQueryCompiler {
  protected override visitLimit(node: LimitNode): void {
    const count = countOf(node.limit);
    if (count === null) super.visitLimit(node);
    else this.append(`limit ${count}`);
  }

  protected override visitOffset(node: OffsetNode): void {
    const count = countOf(node.offset);
    if (count === null) super.visitOffset(node);
    else this.append(`offset ${count}`);
  }
}

function countOf(node: OperationNode): number | null {
  return ValueNode.is(node) && Number.isSafeInteger(node.value) ? (node.value as number) : null;
}

/** Statements on a synchronous connection cannot overlap: Kysely's mutex around it would only cost time. */
class SharedSqliteAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}
