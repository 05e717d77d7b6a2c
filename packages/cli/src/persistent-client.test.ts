import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aLostConnection, aPage, aProblem, aShell } from '../test/a-shell.ts';

const TENANTS = 'GET /tenants';

test('a creation whose answer was lost is sent again under the same key', async () => {
  const shell = aShell({
    answers: {
      'POST /gateway-tokens': () =>
        shell.asked.length < 3
          ? aLostConnection()
          : { id: '01890a5d-ac96-774b-bcce-b302099a8057', name: 'g', createdAt: '2026-01-01T00:00:00Z', secret: 's' },
      'GET /settings': () => aProblem(404, 'not-found'),
    },
  });
  await shell.updraft('gateway-token', 'add', 'g');
  const keys = shell.asked.filter((one) => one.method === 'POST').map((one) => one.headers.get('idempotency-key'));
  assert.equal(keys.length, 3);
  assert.equal(new Set(keys).size, 1);
  assert.match(keys[0] ?? '', /^[0-9a-f-]{36}$/);
});

test('each creation has a key of its own', async () => {
  const shell = aShell();
  await shell.updraft('device', 'add', 'a');
  await shell.updraft('device', 'add', 'b');
  assert.equal(new Set(shell.asked.map((one) => one.headers.get('idempotency-key'))).size, 2);
});

test('reading goes on over a server that is not ready for a moment', async () => {
  const shell = aShell({
    answers: { [TENANTS]: () => (shell.asked.length < 3 ? aProblem(503, 'not-ready') : aPage()) },
  });
  assert.equal(await shell.updraft('tenant', 'list'), 0);
  assert.deepEqual(shell.slept, [250, 1_000]);
});

test('a change whose answer was lost is not sent again: it may have been done', async () => {
  const shell = aShell({ answers: { 'DELETE /devices/a': aLostConnection } });
  assert.equal(await shell.updraft('device', 'rm', 'a'), 5);
  assert.equal(shell.asked.length, 1);
});

test('asking again ends', async () => {
  const shell = aShell({ answers: { [TENANTS]: aLostConnection } });
  assert.equal(await shell.updraft('tenant', 'list', '--json'), 5);
  assert.equal(shell.asked.length, 4);
  assert.equal(JSON.parse(shell.err()).code, 'connection-lost');
});
