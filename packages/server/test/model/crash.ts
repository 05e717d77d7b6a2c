import { copyFileSync, cpSync, mkdtempSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';

/** Where a server's data lies. */
export type Place = { readonly dataDir: string; readonly environment: Readonly<Record<string, string>> };

const DATABASE_FILE = 'updraft.db';
const LOG_FILE = `${DATABASE_FILE}-wal`;
/** A process that died holds no lock, and its shared memory is gone. */
const OF_THE_LIVING: ReadonlySet<string> = new Set([`${DATABASE_FILE}-shm`, 'lock.db', LOG_FILE]);

/**
 * What a server that dies this moment leaves to the next: only what is on disk. The old server goes on apart from it, and
 * whatever it still does, has in memory, or writes when it is stopped, no longer counts.
 */
export async function remainsOf({ dataDir, environment }: Place): Promise<Place> {
  const { UPDRAFT_DATABASE_URL: url } = environment;
  if (url === undefined) return { environment, dataDir: filesAsTheyStand(dataDir) };
  return { dataDir, environment: { ...environment, UPDRAFT_DATABASE_URL: await takenAway(url) } };
}

/** In one go, and the log last: as long as somebody reads, it is not begun anew, so that it makes good what the file lacks. */
function filesAsTheyStand(dataDir: string): string {
  const copy = mkdtempSync(path.join(path.dirname(dataDir), 'updraft-model-'));
  const reading = new DatabaseSync(path.join(dataDir, DATABASE_FILE), { readOnly: true });
  reading.exec('begin; select count(*) from tenant');
  cpSync(dataDir, copy, { recursive: true, filter: (file) => !OF_THE_LIVING.has(path.basename(file)) });
  copyFileSync(path.join(dataDir, LOG_FILE), path.join(copy, LOG_FILE));
  reading.close();
  return copy;
}

const IS_IN_USE = '55006';
const MAX_TRIES = 50;

/** PostgreSQL rolls back what its lost connections had not committed; by the old name nobody finds it any more. */
async function takenAway(url: string): Promise<string> {
  const from = new URL(url);
  const name = from.pathname.slice(1);
  const to = new URL(url);
  to.pathname = `/${name}x`;
  from.pathname = '/postgres';
  const client = new pg.Client({ connectionString: from.href });
  await client.connect();
  try {
    for (let attempt = 1; ; attempt += 1) {
      await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
      try {
        await client.query(`alter database ${name} rename to ${name}x`);
        return to.href;
      } catch (error) {
        // It may be back before its name is gone.
        if ((error as { code?: unknown }).code !== IS_IN_USE || attempt === MAX_TRIES) throw error;
      }
    }
  } finally {
    await client.end();
  }
}
