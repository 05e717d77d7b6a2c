import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { aServer, codeOf, json, type TestServer } from './a-server.ts';
import { aTenant } from './a-tenant.ts';

const shared = await aServer({ after });

const KEY = { 'idempotency-key': 'key-1' };
const create = ({ fetch }: TestServer, name: string, headers: Record<string, string> = KEY) =>
  fetch('/api/v1/devices', json('POST', { name }, headers));

test('the same request with the same key is answered as before, secret and all, and creates nothing', async () => {
  const server = await aTenant(shared);
  const first = await create(server, 'gw-1');
  const second = await create(server, 'gw-1');
  assert.deepEqual([first.status, second.status], [201, 201]);
  assert.deepEqual(await second.json(), await first.json());
  assert.deepEqual(
    [first, second].map(({ headers }) => headers.get('idempotency-replayed')),
    [null, 'true'],
  );
  assert.equal(second.headers.get('etag'), first.headers.get('etag'));
  assert.equal(second.headers.get('location'), first.headers.get('location'));
});

test('what was answered is answered again though the device has changed or gone', async () => {
  const server = await aTenant(shared);
  const first = await (await create(server, 'gw-1')).json();
  await server.api.call('devices.delete', { params: { device: 'gw-1' } });
  assert.deepEqual(await (await create(server, 'gw-1')).json(), first);
  assert.equal((await server.api.call('devices.list')).total, 0);
});

test('the same key with another body is refused', async () => {
  const server = await aTenant(shared);
  await create(server, 'gw-1');
  const other = await create(server, 'gw-2');
  assert.equal(other.status, 422);
  assert.equal(await codeOf(other), 'idempotency-key-reused');
  assert.equal((await server.api.call('devices.list')).total, 1);
});

test('a key belongs to who sent it', async () => {
  const server = await aTenant(shared);
  const { secret } = await server.api.call('tokens.create', { body: { name: 'ci' } });
  await create(server, 'gw-1');
  const other = await server.fetch('/api/v1/devices', {
    ...json('POST', { name: 'gw-2' }, KEY),
    as: `Bearer ${secret}`,
  });
  assert.equal(other.status, 201);
});

test('what was refused is judged anew', async () => {
  const server = await aTenant(shared);
  await server.api.call('devices.create', { body: { name: 'gw-1' } });
  assert.equal((await create(server, 'gw-1')).status, 409);
  await server.api.call('devices.delete', { params: { device: 'gw-1' } });
  assert.equal((await create(server, 'gw-1')).status, 201);
});

test('requests that come together with one key create one thing, and nobody is told two', async () => {
  const server = await aTenant(shared);
  const answers = await Promise.all(Array.from({ length: 8 }, () => create(server, 'gw-1')));
  const made = answers.filter(({ status }) => status === 201);
  assert.ok(made.length >= 1);
  assert.equal(made.filter(({ headers }) => headers.get('idempotency-replayed') === null).length, 1);
  for (const answer of answers)
    if (answer.status !== 201) assert.equal(await codeOf(answer), 'idempotency-in-progress');
  assert.equal((await server.api.call('devices.list')).total, 1);
});

test('the answer outlives the server', async (t) => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'updraft-server-'));
  const before = await aServer(t, { dataDir });
  const first = await (await create(before, 'gw-1')).json();
  await before.server.stop();
  const again = await aServer(t, { dataDir });
  // Behind the server's own end: what it still opens is there.
  t.after(() => rm(dataDir, { recursive: true }));
  assert.deepEqual(await (await create(again, 'gw-1')).json(), first);
});

test('the database holds neither the secret nor a plain digest of the request', async (t) => {
  const server = await aServer(t);
  const created = (await (await create(server, 'gw-1')).json()) as { token: string };
  const [row] = await server.server.store.reader.selectFrom('idempotency_key').selectAll().execute();
  assert.ok(row !== undefined && !JSON.stringify(row).includes(created.token));
});
