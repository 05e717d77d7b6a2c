import type { CompiledQuery, DatabaseConnection } from 'kysely';

/** Passes statements on, and keeps them. */
export function recordingConnection(connection: DatabaseConnection): DatabaseConnection & {
  readonly statements: readonly CompiledQuery[];
} {
  const statements: CompiledQuery[] = [];
  return {
    statements,
    executeQuery: (query) => {
      statements.push(query);
      return connection.executeQuery(query);
    },
    streamQuery: (query, chunkSize) => connection.streamQuery(query, chunkSize),
  };
}
