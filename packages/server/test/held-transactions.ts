import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import pg from 'pg';
import { aServer } from './a-server.ts';

/** A server on that database of PostgreSQL. */
export async function aServerOn(t: TestContext, url: string) {
  return aServer(t, {
    environment: { UPDRAFT_DATABASE_URL: url, UPDRAFT_INSTANCE_KEY: randomBytes(32).toString('hex') },
  });
}

/** A connection beside the server's own, to hold its transactions up with, or to watch them by. */
export async function aConnectionTo(t: TestContext, url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  t.after(() => client.end());
  return client;
}

/** How many transactions of the connection's database wait for a lock now. */
export async function lockWaits(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return rows[0]?.n ?? 0;
}
