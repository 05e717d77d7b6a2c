import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { aServer } from './a-server.ts';

const { fetch, api } = await aServer({ after });

test('a server that can serve says that it is alive and ready, to anybody', async () => {
  assert.equal((await fetch('/healthz', { as: null })).status, 200);
  assert.equal((await fetch('/readyz', { as: null })).status, 200);
});

test('metrics count requests by the pattern of their route and name no device', async () => {
  await api.call('devices.create', { body: { name: 'secret-name' } });
  await api.call('devices.show', { params: { device: 'secret-name' } });
  const text = await (await fetch('/metrics', { as: null })).text();
  assert.match(text, /updraft_http_requests_total\{route="\/api\/v1\/devices\/:device",method="GET",status="200"\} 1/);
  assert.match(text, /updraft_command_seconds_count\{command="device.create"\} 1/);
  assert.ok(!text.includes('secret-name'));
});

test('metrics count the polls of devices that were let in', async () => {
  const { token } = await api.call('devices.create', { body: { name: 'polling' } });
  assert.equal((await fetch('/default/controller/v1/polling', { as: `TargetToken ${token}` })).status, 200);
  assert.equal((await fetch('/default/controller/v1/polling', { as: 'TargetToken wrong' })).status, 401);
  const text = await (await fetch('/metrics', { as: null })).text();
  assert.match(text, /updraft_polls_total\{door="ddi"\} 1\n/);
});

test('a server whose database is gone is alive and not ready', async (t) => {
  const { server, fetch: ask } = await aServer(t);
  await server.store.close();
  const answer = await ask('/readyz', { as: null });
  assert.equal(answer.status, 503);
  assert.equal(((await answer.json()) as { code: string }).code, 'not-ready');
  assert.equal((await ask('/healthz', { as: null })).status, 200);
});
