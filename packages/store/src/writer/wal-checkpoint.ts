import type { SqliteConnection } from '../database/sqlite-connection.ts';

/** 4 MiB of pages: small enough that copying them takes milliseconds. */
const CHECKPOINT_FROM_FRAMES = 1024;

type WalState = { readonly busy: number; readonly log: number; readonly checkpointed: number };

/**
 * Copies the write-ahead log into the database file once enough has gathered. It is called between commits, when their
 * answers are out: inside a commit it would be the one unlucky command's time. PASSIVE waits for no reader.
 */
export function checkpointBetweenCommits(connection: SqliteConnection): void {
  const { log, checkpointed } = walState(connection);
  if (log - checkpointed >= CHECKPOINT_FROM_FRAMES) connection.run('pragma wal_checkpoint(passive)', []);
}

/** Frames in the log, and how many of them the database file holds already. */
function walState(connection: SqliteConnection): WalState {
  return connection.run<WalState>('pragma wal_checkpoint(noop)', []).rows[0] ?? { busy: 0, log: 0, checkpointed: 0 };
}
