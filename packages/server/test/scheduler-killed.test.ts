import { test } from 'node:test';
import { clusterOrSkip } from '../../store/test/postgres-cluster.ts';
import { aTemporaryFolder } from '../../store/test/temporary-folder.ts';
import { playKilled, playTogether, playUndisturbed, someCuts } from './kill/kill-rounds.ts';

/** Each is a process of its own. */
const CUTS = 2;

test('SQLite: a rollout whose server is killed at any statement leaves the rows of one that was not', async () => {
  await using folders = new AsyncDisposableStack();
  const placeAt = async () => ({ databaseUrl: 'sqlite:', dataDir: folders.use(await aTemporaryFolder()).path });
  const undisturbed = await playUndisturbed(await placeAt());
  await playKilled(await placeAt(), undisturbed, someCuts(CUTS));
});

test('PostgreSQL: a rollout whose server is killed at any statement, or that two servers work on at once, leaves the rows of one that was not', async (t) => {
  await using cluster = await clusterOrSkip(t);
  if (cluster === undefined) return;
  await using folder = await aTemporaryFolder();
  const placeAt = async () => ({ databaseUrl: await cluster.createDatabase('perhaps-migrated'), dataDir: folder.path });
  const undisturbed = await playUndisturbed(await placeAt());
  await playKilled(await placeAt(), undisturbed, someCuts(CUTS));
  await playTogether(await placeAt(), undisturbed);
});
