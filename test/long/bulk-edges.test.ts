import { test } from 'node:test';
import { bulkEdgesAgree } from '../../packages/server/test/bulk/bulk-edges.ts';
import { progress } from '../journeys/progress.ts';
import { clusterOrSkip } from '../../packages/store/test/postgres-cluster.ts';

const [SQLITE_RUNS, POSTGRES_RUNS] = [2000, 300];
const LIMITS = { timeout: 1_200_000 };

test('set statements leave the rows that core decides one by one, over thousands of fleets', LIMITS, async (t) => {
  const tell = progress();
  await bulkEdgesAgree('sqlite:', SQLITE_RUNS, tell);
  await using cluster = await clusterOrSkip(t);
  if (cluster !== undefined) await bulkEdgesAgree(await cluster.createDatabase(), POSTGRES_RUNS, tell);
});
