import { test } from 'node:test';
import { playKilled, playUndisturbed, someCuts } from '../../packages/server/test/kill/kill-rounds.ts';
import type { Place } from '../../packages/server/test/kill/rollout-life.ts';
import { clusterOrSkip } from '../../packages/store/test/postgres-cluster.ts';
import { progress } from '../journeys/progress.ts';
import { aTemporaryFolder } from '../../packages/store/test/temporary-folder.ts';

const ROUNDS = 25;
/** One in each stage. */
const CUTS = 5;
const LIMITS = { timeout: 900_000 };

async function rounds(databaseUrl: () => Promise<string>): Promise<void> {
  const play = async <T>(life: (place: Place) => Promise<T>): Promise<T> => {
    await using folder = await aTemporaryFolder();
    // Awaited here: the folder goes as soon as this returns.
    return await life({ databaseUrl: await databaseUrl(), dataDir: folder.path });
  };
  const undisturbed = await play(playUndisturbed);
  const tell = progress();
  for (let round = 0; round < ROUNDS; round += 1) {
    tell(`round ${round + 1} of ${ROUNDS}`);
    await play((place) => playKilled(place, undisturbed, someCuts(CUTS)));
  }
}

test('SQLite: servers killed at more than a hundred statements leave the rows of one that was not', LIMITS, () =>
  rounds(() => Promise.resolve('sqlite:')),
);

test(
  'PostgreSQL: servers killed at more than a hundred statements leave the rows of one that was not',
  LIMITS,
  async (t) => {
    await using cluster = await clusterOrSkip(t);
    if (cluster !== undefined) await rounds(cluster.createDatabase);
  },
);
