import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import { clusterOrSkip } from '../../packages/store/test/postgres-cluster.ts';

export type Database = 'sqlite' | 'postgresql';

/**
 * The settings of a server on an empty database of this kind, whose cluster is let go of with `stack`; undefined after the
 * test was skipped for want of PostgreSQL.
 */
export async function databaseSettings(
  t: TestContext,
  database: Database,
  stack: AsyncDisposableStack,
): Promise<Readonly<Record<string, string>> | undefined> {
  if (database === 'sqlite') return {};
  const cluster = await clusterOrSkip(t);
  if (cluster === undefined) return undefined;
  stack.use(cluster);
  return {
    UPDRAFT_DATABASE_URL: await cluster.createDatabase('perhaps-migrated'),
    UPDRAFT_INSTANCE_KEY: randomBytes(32).toString('hex'),
  };
}
