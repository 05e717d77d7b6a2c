import type { TestContext } from 'node:test';
import pg from 'pg';

/** Asks a database of its own for one number, from beside what is tested. */
export async function postgresQuestion(t: TestContext, url: string): Promise<(sql: string) => Promise<number>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  t.after(() => client.end());
  return async (sql) => {
    const { rows } = await client.query<Readonly<Record<string, unknown>>>(sql);
    return Number(Object.values(rows[0] ?? {})[0]);
  };
}
