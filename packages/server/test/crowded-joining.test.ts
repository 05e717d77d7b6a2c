import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterOrSkip } from '../../store/test/postgres-cluster.ts';
import { aTemporaryFolder } from '../../store/test/temporary-folder.ts';
import { aQuietStore } from './a-quiet-store.ts';
import type { commands } from './bulk/crowded-commands.ts';

const COMMANDS = new URL('./bulk/crowded-commands.ts', import.meta.url);
/** What goes of one of them is as much as one command removes. */
const [DEVICES, MOST] = [2, 500];
/** A look for each device, and one that finds nobody. */
const LOOKS = DEVICES + 1;

async function allJoin(databaseUrl: string): Promise<void> {
  await using folder = await aTemporaryFolder();
  await using stack = new AsyncDisposableStack();
  const store = await aQuietStore<typeof commands>({
    databaseUrl,
    dataDir: folder.path,
    commandsModule: COMMANDS,
  });
  stack.defer(() => store.close());
  const rollout = await store.commands.run('crowded.prepare', { devices: DEVICES, most: MOST });
  for (let look = 0; look < LOOKS; look += 1) await store.commands.run('joining.look', { rollout });
  assert.equal(await store.commands.run('crowded.members', { rollout }), DEVICES);
}

test('late-comers join in one look, though it takes many commands to make room for them, in SQLite', async () => {
  await allJoin('sqlite:');
});

test('late-comers join in one look, though it takes many commands to make room for them, in PostgreSQL', async (t) => {
  await using cluster = await clusterOrSkip(t);
  if (cluster !== undefined) await allJoin(await cluster.createDatabase('perhaps-migrated'));
});
