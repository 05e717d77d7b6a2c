import assert from 'node:assert/strict';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { parseDatabaseUrl } from '../src/database/database-url.ts';
import { openStore } from '../src/store.ts';
import type { StoreUnderTest } from './store-under-test.ts';
import { aSqliteStore, COMMANDS_MODULE } from './store-under-test.ts';

const PAGE_BYTES = 4096;

test('a second server on the same data directory does not start', async () => {
  await using store = await aSqliteStore();
  await assert.rejects(openStore(store.options), { code: 'data-dir-in-use' });
  await store.commands.run('tenant.add', { name: 'still' });
});

test('a directory is free again when its store has closed', async () => {
  await using store = await aSqliteStore();
  await store.close();
  await using again = await openStore(store.options);
  assert.equal(again.dialect, 'sqlite');
});

test('a database file stands in the data directory', () => {
  assert.deepEqual(parseDatabaseUrl('sqlite:', '/d'), { dialect: 'sqlite', file: '/d/updraft.db' });
  assert.deepEqual(parseDatabaseUrl('sqlite:other.db', '/d'), { dialect: 'sqlite', file: '/d/other.db' });
  for (const url of ['sqlite:/etc/x.db', 'sqlite:../x.db', 'sqlite:..', 'mysql://x', ''])
    assert.throws(() => parseDatabaseUrl(url, '/d'), { code: 'database-url-invalid' }, url);
});

test('commands that cannot be imported stop the start, and the directory is free again', async () => {
  await using store = await aSqliteStore();
  await store.close();
  const broken = { ...store.options, commandsModule: new URL('./no-such-module.ts', COMMANDS_MODULE) };
  await assert.rejects(openStore(broken));
  await using again = await openStore(store.options);
  assert.equal(again.dialect, 'sqlite');
});

test('who imports the store has no driver of PostgreSQL before a database is opened with one', async () => {
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    import(workerData).then(() => parentPort.postMessage(Object.keys(require.cache)));`;
  const driversOf = async (module: string) => {
    const workerData = new URL(module, import.meta.url).href;
    const [loaded] = (await once(new Worker(code, { eval: true, workerData }), 'message')) as unknown[];
    return (loaded as readonly string[]).filter((file) => file.includes('/node_modules/pg/'));
  };
  assert.deepEqual(await driversOf('../src/index.ts'), []);
  assert.notDeepEqual(await driversOf('../src/postgres-store.ts'), []);
});

test('many commands share a commit', async () => {
  await using store = await aSqliteStore();
  const tenant = await store.commands.run('tenant.add', { name: 'one' });
  const before = store.told.length;
  await Promise.all(Array.from({ length: 200 }, () => store.commands.run('event.append', { tenant, name: 'trial.e' })));
  assert.ok(store.told.length - before < 20, `${store.told.length - before} commits`);
});

test('an output that is no plain data fails its own command only', async () => {
  await using store = await aSqliteStore();
  const beside = store.commands.run('tenant.add', { name: 'beside' });
  await assert.rejects(store.commands.run('output.function', undefined), { code: 'output-not-plain' });
  assert.equal(await beside, 1);
});

test('an input that is no plain data fails its own command only', async () => {
  await using store = await aSqliteStore();
  const beside = store.commands.run('tenant.add', { name: 'beside' });
  const input = { name: (() => 'x') as unknown as string };
  await assert.rejects(store.commands.run('tenant.add', input), { code: 'input-not-plain' });
  assert.equal(await beside, 1);
});

test('a transaction that SQLite gives up costs only the command that caused it', async () => {
  await using store = await aSqliteStore();
  const results = await Promise.allSettled([
    store.commands.run('tenant.add', { name: 'before' }),
    store.commands.run('transaction.lose', undefined),
    store.commands.run('tenant.add', { name: 'after' }),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  const names = await store.reader.selectFrom('tenant').select('name').orderBy('name').execute();
  assert.deepEqual(names, [{ name: 'after' }, { name: 'before' }]);
});

test('a writer thread that crashes fails who waits, and is told as fatal', async () => {
  await using store = await aSqliteStore();
  await store.commands.run('tenant.add', { name: 'kept' });
  const waiting = [store.commands.run('thread.crash', undefined), store.commands.run('tenant.add', { name: 'x' })];
  for (const command of waiting) await assert.rejects(command, { code: 'writer-lost' });
  await assert.rejects(store.commands.run('clock.read', undefined), { code: 'writer-lost' });
  assert.deepEqual(
    store.fatal.map(({ message }) => message),
    ['the thread crashes on purpose'],
  );
  assert.equal((await store.reader.selectFrom('tenant').select('name').execute()).length, 1);
});

test('the log is copied between commits, so that slices do not make it grow', async () => {
  await using store = await aSqliteStore();
  for (let slice = 0; slice < 160; slice += 1)
    await store.commands.run('rows.add', { from: 1 + slice * 5000, count: 5000 });
  const { page_count } = pragma<{ page_count: number }>(store, 'page_count');
  const walPages = statSync(path.join(store.options.dataDir, 'updraft.db-wal')).size / PAGE_BYTES;
  assert.ok(page_count > 1800, `${page_count} pages were written`);
  assert.ok(walPages < 1500, `the log has ${walPages} pages for a file of ${page_count}`);
});

test('commits are synced in full, and foreign keys hold', async () => {
  await using store = await aSqliteStore();
  const read = async (name: string) =>
    Object.values(((await store.commands.run('sql.run', { text: `pragma ${name}` })) as object[])[0] ?? {})[0];
  assert.equal(await read('synchronous'), 2);
  assert.equal(await read('journal_mode'), 'wal');
  assert.equal(await read('wal_autocheckpoint'), 0);
  assert.equal(await read('foreign_keys'), 1);
});

function pragma<T>(store: StoreUnderTest, name: string): T {
  using database = new DatabaseSync(path.join(store.options.dataDir, 'updraft.db'), { readOnly: true });
  return database.prepare(`pragma ${name}`).get() as T;
}
