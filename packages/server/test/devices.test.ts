import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { aServer, codeOf, json } from './a-server.ts';

const { api, fetch } = await aServer({ after });

test('a device is created with a token that is shown once', async () => {
  const created = await api.call('devices.create', { body: { name: 'device-1' } });
  assert.match(created.token, /^[\w-]{43}$/);
  const shown = await api.call('devices.show', { params: { device: 'device-1' } });
  assert.equal('token' in shown, false);
  assert.equal(shown.revision, 1);
});

test('a name is taken once, also by a device of the same spelling only', async () => {
  await api.call('devices.create', { body: { name: 'device-2' } });
  const again = await fetch('/api/v1/devices', json('POST', { name: 'device-2' }));
  assert.equal(again.status, 409);
  assert.equal(await codeOf(again), 'name-taken');
  await api.call('devices.create', { body: { name: 'DEVICE-2' } });
});

test('a device of an unknown type is refused', async () => {
  const answer = await fetch('/api/v1/devices', json('POST', { name: 'device-3', type: 'nothing' }));
  assert.equal(await codeOf(answer), 'not-found');
});

test('a change that names a stale revision is refused and changes nothing', async () => {
  await api.call('devices.create', { body: { name: 'device-4' } });
  const path = '/api/v1/devices/device-4';
  const first = await fetch(path, json('PATCH', { description: 'one' }, { 'if-match': '"1"' }));
  assert.equal(first.status, 200);
  assert.equal(first.headers.get('etag'), '"2"');
  const stale = await fetch(path, json('PATCH', { description: 'two' }, { 'if-match': '"1"' }));
  assert.equal(stale.status, 412);
  assert.equal(await codeOf(stale), 'precondition-failed');
  const shown = await api.call('devices.show', { params: { device: 'device-4' } });
  assert.deepEqual([shown.description, shown.revision], ['one', 2]);
});

test('of two changes of one revision at the same time one is refused', async () => {
  await api.call('devices.create', { body: { name: 'device-5' } });
  const change = () => fetch('/api/v1/devices/device-5', json('PATCH', { description: 'x' }, { 'if-match': '"1"' }));
  const answers = await Promise.all([change(), change()]);
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [200, 412],
  );
});

test('a device is deleted only in the revision that was seen', async () => {
  await api.call('devices.create', { body: { name: 'device-6' } });
  const stale = await fetch('/api/v1/devices/device-6', { method: 'DELETE', headers: { 'if-match': '"7"' } });
  assert.equal(stale.status, 412);
  const gone = await fetch('/api/v1/devices/device-6', { method: 'DELETE', headers: { 'if-match': '"1"' } });
  assert.equal(gone.status, 204);
  assert.equal((await fetch('/api/v1/devices/device-6')).status, 404);
});

test('devices are listed by name in pages, filtered and counted', async () => {
  for (const name of ['gw-3', 'gw-1', 'other', 'gw-2']) await api.call('devices.create', { body: { name } });
  const first = await api.call('devices.list', { query: { limit: 2, filter: 'name==gw-*' } });
  assert.deepEqual(
    first.items.map(({ name }) => name),
    ['gw-1', 'gw-2'],
  );
  assert.equal(first.total, 3);
  const second = await api.call('devices.list', {
    query: { limit: 2, filter: 'name==gw-*', cursor: first.next ?? '' },
  });
  assert.deepEqual(
    second.items.map(({ name }) => name),
    ['gw-3'],
  );
  assert.equal(second.next, null);
});

test('a renewed token replaces the old one and bumps the revision', async () => {
  const created = await api.call('devices.create', { body: { name: 'device-8', token: 'given' } });
  assert.equal(created.token, 'given');
  const renewed = await api.call('devices.renew-token', { params: { device: 'device-8' } });
  assert.notEqual(renewed.token, 'given');
  assert.equal(renewed.revision, 2);
});

test('a name with slashes, colons and umlauts is reachable by its encoded path', async () => {
  const name = 'urn:gerät/7%20';
  await api.call('devices.create', { body: { name } });
  const shown = await api.call('devices.show', { params: { device: name } });
  assert.equal(shown.name, name);
});

test('a device type that a device has is not deleted', async () => {
  const type = await api.call('device-types.create', { body: { name: 'board-a', versionAttribute: 'version' } });
  await api.call('devices.create', { body: { name: 'device-10', type: 'board-a' } });
  const kept = await fetch(`/api/v1/device-types/${type.id}`, { method: 'DELETE' });
  assert.equal(await codeOf(kept), 'device-type-in-use');
  await api.call('devices.change', { params: { device: 'device-10' }, body: { type: null } });
  assert.equal((await fetch(`/api/v1/device-types/${type.id}`, { method: 'DELETE' })).status, 204);
});
