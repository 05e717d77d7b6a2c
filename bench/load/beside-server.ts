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

/** Runs set statements in a server's database, beside it; each is a commit of its own. */
export async function runBeside({ folder, databaseUrl }: Place, statements: readonly string[]): Promise<void> {
  if (databaseUrl !== undefined) return runOnPostgres(databaseUrl, [...statements, 'vacuum analyze']);
  const database = new DatabaseSync(path.join(folder, 'data', 'updraft.db'), { timeout: BUSY_TIMEOUT_MS });
  try {
    database.exec('pragma synchronous = off; pragma cache_size = -200000');
    for (const statement of statements) database.exec(statement);
    database.exec('pragma wal_checkpoint(truncate)');
  } finally {
    database.close();
  }
}

async function runOnPostgres(url: string, statements: readonly string[]): Promise<void> {
  const { client, close } = await connectAlone(url);
  try {
    await client.query('set synchronous_commit = off; set work_mem = "64MB"');
    for (const statement of statements) await client.query(statement);
  } finally {
    await close();
  }
}

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
