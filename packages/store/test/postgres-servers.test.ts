import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { after, test } from 'node:test';
import { parseFilter, settleFilter } from '@updraft/core';
import { sql } from 'kysely';
import { readUpTo } from './contract/events-contract.ts';
import { filterSql } from '../src/list/filter-sql.ts';
import { DEVICE_LIST } from '../src/repositories/device-list.ts';
import { WIRE_IDS_PER_BLOCK } from '../src/repositories/wire-ids.ts';
import { postgresMaker } from './postgres-maker.ts';
import type { StoreUnderTest } from './store-under-test.ts';
import { aStore } from './store-under-test.ts';

const { cluster, end } = postgresMaker();
after(end);

/** Several servers on one new database. */
function serversTest(title: string, count: number, body: (servers: readonly StoreUnderTest[]) => Promise<void>): void {
  void test(title, async (t: TestContext) => {
    const url = await (await cluster(t))?.createDatabase();
    if (url === undefined) return;
    await using stack = new AsyncDisposableStack();
    const servers = await Promise.all(Array.from({ length: count }, () => aStore(url)));
    for (const server of servers) stack.use(server);
    await body(servers);
  });
}

serversTest('of many servers that start at once one migrates', 4, async ([first]) => {
  const applied = await first?.reader.selectFrom('migration').select('number').execute();
  assert.deepEqual(applied, [{ number: 1 }]);
});

serversTest('what one server committed is told to the others', 2, async ([writer, other]) => {
  assert.ok(writer && other);
  const tenant = await writer.commands.run('tenant.add', { name: 'one' });
  await until(() => other.told.some(({ tenants }) => tenants.includes(tenant)));
  assert.equal(other.missed.count, 0);
});

serversTest('a server hears of more rows than a notification holds as of everything', 2, async ([writer, other]) => {
  assert.ok(writer && other);
  await writer.commands.run('devices.touch', { count: 5000 });
  await until(() => other.missed.count > 0);
});

serversTest('a reader on one server sees the events of all, once each and in one order', 3, async (servers) => {
  const [first] = servers;
  assert.ok(first);
  const tenant = await first.commands.run('tenant.add', { name: 'one' });
  const reading = servers.map((server) => readUpTo(server, tenant, 60));
  await Promise.all(
    servers.flatMap((server, at) =>
      Array.from({ length: 20 }, (_, n) => server.commands.run('event.append', { tenant, name: `s${at}.e${n}` })),
    ),
  );
  const [seen, ...others] = await Promise.all(reading);
  assert.deepEqual(
    seen?.map(({ position }) => position),
    Array.from({ length: 60 }, (_, at) => at + 1),
  );
  assert.equal(new Set(seen?.map(({ name }) => name)).size, 60);
  for (const other of others) assert.deepEqual(other, seen);
});

test('short reads wait for no command, however many there are, and keep to connections that know them', async (t) => {
  const url = await (await cluster(t))?.createDatabase();
  if (url === undefined) return;
  await using stack = new AsyncDisposableStack();
  const busy = stack.use(await aStore(url, { maxConnections: 3 }));
  const other = stack.use(await aStore(url));
  const tenant = await busy.commands.run('tenant.add', { name: 'one' });
  const connections = async () => {
    const asked = Array.from({ length: 5 }, () =>
      sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(busy.reader),
    );
    return new Set((await Promise.all(asked)).flatMap(({ rows }) => rows.map(({ pid }) => pid)));
  };
  const before = await connections();
  const held = Array.from({ length: 4 }, (_, at) =>
    busy.commands.run('event.append-slowly', { tenant, name: `trial.held${at}`, awaited: 'trial.free' }),
  );
  assert.deepEqual(await connections(), before);
  assert.equal(before.size, 1);
  await other.commands.run('event.append', { tenant, name: 'trial.free' });
  await Promise.all(held);
});

serversTest('an event that commits late gets a later position than one that began after it', 1, async ([store]) => {
  assert.ok(store);
  const tenant = await store.commands.run('tenant.add', { name: 'one' });
  const first = readUpTo(store, tenant, 1);
  const slow = store.commands.run('event.append-slowly', { tenant, name: 'trial.slow', awaited: 'trial.seen' });
  await store.commands.run('event.append', { tenant, name: 'trial.quick' });
  assert.deepEqual(
    (await first).map(({ name }) => name),
    ['trial.quick'],
  );
  const all = readUpTo(store, tenant, 3);
  await store.commands.run('event.append', { tenant, name: 'trial.seen' });
  await slow;
  const events = await all;
  assert.deepEqual(
    events.map(({ name, position }) => [name, position]),
    [
      ['trial.quick', 1],
      ['trial.seen', 2],
      ['trial.slow', 3],
    ],
  );
});

serversTest('commands that lock two rows in opposite orders are both done', 1, async ([store]) => {
  assert.ok(store);
  const a = await store.commands.run('tenant.add', { name: 'a' });
  const b = await store.commands.run('tenant.add', { name: 'b' });
  const both = (first: number, second: number) => store.commands.run('tenant.count-both', { first, second });
  await Promise.all(Array.from({ length: 6 }, (_, at) => (at % 2 === 0 ? both(a, b) : both(b, a))));
  const rows = await store.reader.selectFrom('tenant').select('rollouts_revision').execute();
  assert.deepEqual(rows, [{ rollouts_revision: 7 }, { rollouts_revision: 7 }]);
});

serversTest('retries at two servers draw wire ids from blocks of their own, none twice', 2, async (servers) => {
  const [first] = servers;
  assert.ok(first);
  const tenant = await first.commands.run('tenant.add', { name: 'a' });
  const draw = (server: StoreUnderTest) => server.commands.run('wire-id.next', { tenant });
  // One at a time leases a block; at once, each of many might.
  for (const server of servers) await draw(server);
  const ids = await Promise.all(servers.flatMap((server) => Array.from({ length: 40 }, () => draw(server))));
  assert.equal(new Set(ids).size, ids.length);
  const [row] = await first.reader.selectFrom('tenant').select('next_action').execute();
  assert.equal(row?.next_action, 1 + 2 * WIRE_IDS_PER_BLOCK, 'a block for each server');
});

serversTest('a block of wire ids whose lease was rolled back gives none', 1, async ([store]) => {
  assert.ok(store);
  const tenant = await store.commands.run('tenant.add', { name: 'a' });
  await assert.rejects(store.commands.run('wire-id.next-then-throw', { tenant }), { code: 'on-purpose' });
  const ids = [
    await store.commands.run('wire-id.next', { tenant }),
    await store.commands.run('wire-id.next', { tenant }),
  ];
  assert.deepEqual(ids, [1, 2]);
});

serversTest('no connection compiles its queries', 1, async ([store]) => {
  assert.ok(store);
  const rows = await store.commands.run('sql.run', { text: "select current_setting('jit') as jit" });
  assert.deepEqual(rows, [{ jit: 'off' }]);
});

serversTest('a filter of many attributes is planned without a join for each', 1, async ([store]) => {
  assert.ok(store);
  const { fields } = DEVICE_LIST;
  const parsed = parseFilter(Array.from({ length: 100 }, (_, at) => `attribute.k${at}==v`).join(';'), fields);
  assert.ok(parsed.outcome === 'parsed');
  const settled = settleFilter(parsed.filter, fields, { now: 0, overdueAt: 0 });
  const devices = store.reader.selectFrom('device').select('device.id').where(filterSql(settled, fields));
  assert.doesNotMatch(JSON.stringify(await devices.explain('json')), /Join|Nested Loop/);
});

serversTest('a server that is stopped amid a transaction holds no row for long', 1, async ([store]) => {
  assert.ok(store);
  const rows = await store.commands.run('sql.run', {
    text: "select current_setting('idle_in_transaction_session_timeout') as limit",
  });
  assert.deepEqual(rows, [{ limit: '15s' }]);
});

serversTest('what a server writes after its transaction was given up does not count', 1, async ([store]) => {
  assert.ok(store);
  const tenant = await store.commands.run('tenant.add', { name: 'one' });
  const late = store.commands.run('event.append-when-stopped', { tenant, name: 'trial.late' });
  await assert.rejects(late, { code: 'database-unreachable' });
  await store.commands.run('event.append', { tenant, name: 'trial.next' });
  const events = await readUpTo(store, tenant, 1);
  assert.deepEqual(
    events.map(({ name }) => name),
    ['trial.next'],
  );
});

serversTest('a command that swallows the error of a statement does not count as done', 1, async ([store]) => {
  assert.ok(store);
  await assert.rejects(store.commands.run('error.swallow', undefined), { code: 'transaction-aborted' });
});

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 3000; tries += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('what was waited for did not come');
}
