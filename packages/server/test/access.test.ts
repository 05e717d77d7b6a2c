import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { apiClient } from '@updraft/protocols';
import { MAX_FAILED_LOGINS_PER_MINUTE } from '../src/access/login-throttle.ts';
import { aServer, basic, codeOf, json } from './a-server.ts';
import { aTenant } from './a-tenant.ts';

const WHOAMI = '/api/v1/whoami';
/** Each test on it makes users, tokens and tenants under names of its own. */
const shared = await aServer({ after });

test('without a credential the answer is a challenge', async () => {
  const answer = await shared.fetch(WHOAMI, { as: null });
  assert.equal(answer.status, 401);
  assert.match(answer.headers.get('www-authenticate') ?? '', /^Basic realm=/);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.equal(await codeOf(answer), 'not-authenticated');
});

for (const [what, as] of [
  ['a wrong password', basic('admin', 'wrong')],
  ['an unknown user', basic('nobody', 'wrong')],
  ['a made-up token', 'Bearer abc'],
  ['another scheme', 'Digest x'],
  ['something that is no base64', 'Basic §§§'.replaceAll('§', '%')],
] as const) {
  test(`${what} is refused`, async () => {
    assert.equal((await shared.fetch(WHOAMI, { as })).status, 401);
  });
}

test('two people and a machine act under their own names', async () => {
  const { url, api } = shared;
  await api.call('users.create', { body: { name: 'Ben', password: 'another good password' } });
  const machine = await api.call('tokens.create', { body: { name: 'ci' } });
  const ben = apiClient({ baseUrl: url, authorization: basic('ben', 'another good password') });
  const personal = await ben.call('tokens.create', { body: { name: 'laptop', kind: 'personal' } });
  const asTokens = [machine, personal].map(({ secret }) =>
    apiClient({ baseUrl: url, authorization: `Bearer ${secret}` }).call('whoami.show'),
  );
  const told = await Promise.all([api.call('whoami.show'), ben.call('whoami.show'), ...asTokens]);
  assert.deepEqual(
    told.map(({ actor, kind }) => [actor, kind]),
    [
      ['admin', 'user'],
      ['Ben', 'user'],
      ['ci', 'machine'],
      ['Ben', 'user'],
    ],
  );
});

test('a machine makes no personal token', async () => {
  const { api, fetch } = shared;
  const { secret } = await api.call('tokens.create', { body: { name: 'builder' } });
  const answer = await fetch('/api/v1/tokens', {
    ...json('POST', { name: 'x', kind: 'personal' }),
    as: `Bearer ${secret}`,
  });
  assert.equal(await codeOf(answer), 'not-permitted');
});

test('a revoked token and one that has expired open nothing', async () => {
  const { api, fetch } = shared;
  const revoked = await api.call('tokens.create', { body: { name: 'a' } });
  const expired = await api.call('tokens.create', { body: { name: 'b', expiresAt: '2020-01-01T00:00:00Z' } });
  assert.equal((await fetch(WHOAMI, { as: `Bearer ${revoked.secret}` })).status, 200);
  await api.call('tokens.delete', { params: { id: revoked.id } });
  for (const { secret } of [revoked, expired])
    assert.equal((await fetch(WHOAMI, { as: `Bearer ${secret}` })).status, 401);
});

test('a changed password counts at once, and the old one no more', async () => {
  const { api, fetch } = shared;
  const eve = await api.call('users.create', { body: { name: 'eve', password: 'first password' } });
  assert.equal((await fetch(WHOAMI, { as: basic('eve', 'first password') })).status, 200);
  await api.call('users.change', { params: { id: eve.id }, body: { password: 'second password' } });
  assert.equal((await fetch(WHOAMI, { as: basic('eve', 'first password') })).status, 401);
  assert.equal((await fetch(WHOAMI, { as: basic('eve', 'second password') })).status, 200);
});

test('a removed user is out at once, with the tokens that act as that user', async () => {
  const { url, api, fetch } = shared;
  const as = basic('kim', 'a good password');
  const kim = await api.call('users.create', { body: { name: 'kim', password: 'a good password' } });
  const own = await apiClient({ baseUrl: url, authorization: as }).call('tokens.create', {
    body: { name: 'tablet', kind: 'personal' },
  });
  await api.call('users.delete', { params: { id: kim.id } });
  assert.equal((await fetch(WHOAMI, { as })).status, 401);
  assert.equal((await fetch(WHOAMI, { as: `Bearer ${own.secret}` })).status, 401);
});

test('the last user of a tenant stays', async () => {
  const { api, fetch } = await aTenant(shared);
  const [only] = (await api.call('users.list')).items;
  const answer = await fetch(`/api/v1/users/${only?.id}`, { method: 'DELETE' });
  assert.equal(answer.status, 409);
  assert.equal(await codeOf(answer), 'last-user');
});

test('after many wrong passwords an address waits, but who is known already does not', async (t) => {
  const { fetch } = await aServer(t);
  assert.equal((await fetch(WHOAMI)).status, 200);
  const guesses = Array.from({ length: MAX_FAILED_LOGINS_PER_MINUTE + 1 }, (_, i) =>
    fetch(WHOAMI, { as: basic('admin', `guess ${i}`) }),
  );
  const statuses = (await Promise.all(guesses)).map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === 429).length, 1);
  const refused = await fetch(WHOAMI, { as: basic('admin', 'one more') });
  assert.equal(await codeOf(refused), 'limit-reached');
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  assert.equal((await fetch(WHOAMI)).status, 200);
});

test('many first requests with one right password are all let in', async () => {
  const { fetch } = await aTenant(shared);
  const requests = Array.from({ length: 2 * MAX_FAILED_LOGINS_PER_MINUTE }, () => fetch(WHOAMI));
  assert.ok((await Promise.all(requests)).every(({ status }) => status === 200));
});

test('nothing of one tenant exists for another', async () => {
  const { url, api } = shared;
  await api.call('tenants.create', { body: { name: 'other', user: { name: 'olga', password: 'a good password' } } });
  const olga = apiClient({ baseUrl: url, authorization: basic('olga', 'a good password') });
  await api.call('devices.create', { body: { name: 'gw-1' } });
  const token = await api.call('tokens.create', { body: { name: 'gate' } });
  assert.equal((await olga.call('devices.list')).total, 0);
  assert.equal((await olga.call('users.list')).total, 1);
  await assert.rejects(olga.call('devices.show', { params: { device: 'gw-1' } }), { code: 'not-found' });
  await assert.rejects(olga.call('tokens.delete', { params: { id: token.id } }), { code: 'not-found' });
  assert.deepEqual(
    (await olga.call('tenants.list')).items.map(({ name }) => name),
    ['other'],
  );
});

test('only users of DEFAULT make and delete tenants', async () => {
  const { url, api } = shared;
  const user = { name: 'ole', password: 'a good password' };
  await api.call('tenants.create', { body: { name: 'second', user } });
  const ole = apiClient({ baseUrl: url, authorization: basic('ole', 'a good password') });
  const third = { name: 'third', user: { name: 'tom', password: 'a good password' } };
  await assert.rejects(ole.call('tenants.create', { body: third }), { code: 'not-permitted' });
  await assert.rejects(api.call('tenants.delete', { params: { tenant: 'default' } }), { code: 'not-permitted' });
  await ole.call('devices.create', { body: { name: 'gw-1' } });
  await assert.rejects(api.call('tenants.delete', { params: { tenant: 'second' } }), { code: 'tenant-in-use' });
  await ole.call('devices.delete', { params: { device: 'gw-1' } });
  await api.call('tenants.delete', { params: { tenant: 'SECOND' } });
  await assert.rejects(ole.call('whoami.show'), { code: 'not-authenticated' });
});

test('a tenant whose user’s name is taken is not made', async () => {
  const { api } = shared;
  const { total } = await api.call('tenants.list');
  const body = { name: 'fourth', user: { name: 'ADMIN', password: 'a good password' } };
  await assert.rejects(api.call('tenants.create', { body }), { code: 'name-taken' });
  assert.equal((await api.call('tenants.list')).total, total);
});

test('settings change in the revision that was seen only', async () => {
  const { api, fetch } = await aTenant(shared);
  const before = await api.call('settings.show');
  const change = { pollInterval: '00:00:02', gatewayTokens: true };
  const after = await api.call('settings.change', { body: change, ifMatch: before.revision });
  assert.deepEqual([after.pollInterval, after.gatewayTokens, after.targetTokens], ['00:00:02', true, true]);
  const stale = await fetch('/api/v1/settings', json('PATCH', change, { 'if-match': `"${before.revision}"` }));
  assert.equal(stale.status, 412);
});
