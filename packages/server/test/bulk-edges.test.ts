import { test } from 'node:test';
import { clusterOrSkip } from '../../store/test/postgres-cluster.ts';
import { bulkEdgesAgree } from './bulk/bulk-edges.ts';

const SQLITE_RUNS = 80;
/** Each of its statements is a round trip. */
const POSTGRES_RUNS = 6;

test('set statements leave the rows that core decides one by one, in SQLite', async () => {
  await bulkEdgesAgree('sqlite:', SQLITE_RUNS);
});

test('set statements leave the rows that core decides one by one, in PostgreSQL', async (t) => {
  await using cluster = await clusterOrSkip(t);
  if (cluster !== undefined) await bulkEdgesAgree(await cluster.createDatabase('perhaps-migrated'), POSTGRES_RUNS);
});
