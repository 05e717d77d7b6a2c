import { test } from 'node:test';
import { filtersAgree } from './filters-agree.ts';
import { clusterOrSkip } from './postgres-cluster.ts';
import { aSqliteStore, aStore } from './store-under-test.ts';

const RUNS = 10;

test('a filter over any facts of devices says the same in memory, in SQLite and in PostgreSQL', async (t) => {
  await using stack = new AsyncDisposableStack();
  // Two of the three are compared where PostgreSQL is missing.
  const cluster = await clusterOrSkip({ skip: () => t.diagnostic('PostgreSQL is missing') });
  const sqlite = stack.use(await aSqliteStore());
  if (cluster === undefined) return filtersAgree([sqlite], RUNS);
  stack.use(cluster);
  const postgres = stack.use(await aStore(await cluster.createDatabase('perhaps-migrated')));
  return await filtersAgree([sqlite, postgres], RUNS);
});
