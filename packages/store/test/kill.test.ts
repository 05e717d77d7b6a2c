import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runAndKill } from './killed-child.ts';
import { ownClusterOrSkip, type OwnCluster } from './postgres-cluster.ts';
import type { StoreUnderTest } from './store-under-test.ts';
import { aSqliteStore, aStore } from './store-under-test.ts';

const ROUNDS = Number(process.env['UPDRAFT_KILL_ROUNDS'] ?? 4);
const WRITING_CHILD = new URL('./commands/writing-child.ts', import.meta.url);
const clusters: OwnCluster[] = [];
after(async () => {
  for (const own of clusters) await own[Symbol.asyncDispose]();
});

test('SQLite: what was answered before a kill -9 is there after the next start', async () => {
  await using first = await aSqliteStore();
  await first.close();
  const answered = await killRounds('sqlite:', first.options.dataDir);
  await using again = await aStore('sqlite:', { dataDir: first.options.dataDir });
  await holds(again, answered);
  const [check] = (await again.commands.run('sql.run', { text: 'pragma integrity_check' })) as object[];
  assert.deepEqual(check, { integrity_check: 'ok' });
});

test('PostgreSQL: what was answered before a server of ours dies is there, and its events get their positions', async (t) => {
  const store = await onPostgres(t);
  if (store === undefined) return;
  await using survivor = store;
  await holds(survivor, await killRounds(survivor.options.databaseUrl, survivor.options.dataDir));
});

test('PostgreSQL: what was answered before the database dies is there when it is back, without a new start of ours', async (t) => {
  const store = await onPostgres(t);
  if (store === undefined) return;
  await using survivor = store;
  const answered: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const writing = Promise.all(
      Array.from({ length: 8 }, (_, writer) => writeUntilRefused(survivor, answered, `${round}-${writer}`)),
    );
    await sleep(100 + Math.random() * 200);
    await (await cluster(t))?.killAndRestart();
    await writing;
  }
  assert.ok(answered.length > 0);
  await holds(survivor, answered);
  assert.ok(survivor.missed.count > 0, 'nobody was told that notifications were lost');
});

/** One for the file, and for no other: it is killed. */
async function cluster(t: TestContext): Promise<OwnCluster | undefined> {
  const own = clusters[0] ?? (await ownClusterOrSkip(t));
  if (own !== undefined && clusters.length === 0) clusters.push(own);
  return own;
}

async function onPostgres(t: TestContext): Promise<StoreUnderTest | undefined> {
  const url = await (await cluster(t))?.createDatabase();
  return url === undefined ? undefined : aStore(url);
}

async function killRounds(databaseUrl: string, dataDir: string): Promise<readonly string[]> {
  const answered: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const until = { lines: 10, milliseconds: Math.random() * 150 };
    answered.push(...(await runAndKill(WRITING_CHILD, [databaseUrl, dataDir], until)));
  }
  return answered;
}

async function writeUntilRefused(store: StoreUnderTest, answered: string[], writer: string): Promise<void> {
  for (let at = 0; ; at += 1) {
    const name = `${writer}-${at}`;
    const outcome = await store.commands
      .run('tenant.add', { name })
      .then((tenant) => store.commands.run('event.append', { tenant, name }))
      .catch((error: unknown) => error);
    if (outcome !== name) {
      assert.equal((outcome as { code: string }).code, 'database-unreachable');
      return;
    }
    answered.push(name);
  }
}

/** Every answered tenant and its event; positions from 1 without a gap. A write that was not answered may be there too. */
async function holds(store: StoreUnderTest, answered: readonly string[]): Promise<void> {
  const tenants = new Set(
    (await store.longReader.selectFrom('tenant').select('name').execute()).map(({ name }) => name),
  );
  assert.deepEqual(
    answered.filter((name) => !tenants.has(name)),
    [],
  );
  const events = await positioned(store);
  const names = new Set(events.map(({ name }) => name));
  assert.deepEqual(
    answered.filter((name) => !names.has(name)),
    [],
  );
  assert.deepEqual(
    events.map(({ position }) => position),
    events.map((_, at) => at + 1),
  );
}

/** Waits until the sequencer has found what a dead server left, for at most some ticks of it. */
async function positioned(store: StoreUnderTest) {
  for (let tries = 0; ; tries += 1) {
    const events = await store.longReader
      .selectFrom('event')
      .select(['name', 'position'])
      .orderBy('position')
      .execute();
    if (tries > 600 || events.every(({ position }) => position !== null)) return events;
    await sleep(100);
  }
}
