import { test } from 'node:test';
import { filtersAgree } from '../../packages/store/test/filters-agree.ts';
import { clusterOrSkip } from '../../packages/store/test/postgres-cluster.ts';
import { progress } from '../journeys/progress.ts';
import { aSqliteStore, aStore } from '../../packages/store/test/store-under-test.ts';

const RUNS = 400;
const LIMITS = { timeout: 1_200_000 };

test('thousands of filters say the same in memory, in SQLite and in PostgreSQL', LIMITS, async (t) => {
  const cluster = await clusterOrSkip(t);
  if (cluster === undefined) return;
  await using stack = new AsyncDisposableStack();
  stack.use(cluster);
  const stores = [await aSqliteStore(), await aStore(await cluster.createDatabase())];
  for (const store of stores) stack.use(store);
  await filtersAgree(stores, RUNS, progress());
});
