import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { RIGHTS } from '@updraft/core';
import { apiClient, type ApiClient } from '@updraft/protocols';
import type { TestFleet } from './a-fleet.ts';
import { aServer, basic } from './a-server.ts';
import { aFleetTenant } from './a-tenant.ts';

const shared = await aServer({ after });

const NEVER = { windows: [{ cron: '0 0 3 29 2 ?', durationSeconds: 600 }], zone: 'UTC' };
const EMERGENCY = { emergency: true, windows: NEVER };
const REFUSED = { code: 'not-permitted' };

test('an emergency needs a right of its own, that a machine has only where its token names it', async () => {
  const fleet = await aFleetTenant(shared);
  const device = await fleet.device();
  const body = await aDraft(fleet);
  const plain = await aMachine(fleet, 'ci', []);
  await assert.rejects(plain.call('rollouts.create', { body }), REFUSED);
  const { filter: _, name: __, ...direct } = body;
  const assignment = { ...direct, devices: [device.name] };
  await assert.rejects(plain.call('assignments.create', { body: assignment }), REFUSED);
  const calm = await plain.call('rollouts.create', { body: { ...body, name: 'calm', policy: {} } });
  const change = { params: { id: calm.id }, body: { policy: { emergency: true } } };
  await assert.rejects(plain.call('rollouts.change', change), REFUSED);
  const named = await aMachine(fleet, 'pager', ['emergency']);
  assert.equal((await named.call('rollouts.create', { body })).policy.emergency, true);
});

test('an emergency is offered outside every window, and the record says who ignored them', async () => {
  const fleet = await aFleetTenant(shared);
  const device = await fleet.device();
  const body = await aDraft(fleet);
  const held = await fleet.api.call('rollouts.create', {
    body: { ...body, name: 'held', policy: { windows: NEVER }, start: true },
  });
  assert.equal((await device.poll()).deploymentBase, undefined);
  await fleet.api.call('rollouts.change', { params: { id: held.id }, body: { policy: { emergency: true } } });
  assert.ok((await device.poll()).deploymentBase);
  const { items } = await fleet.api.call('events.list', { query: { filter: 'name==rollout.emergency-declared' } });
  const { actor: self } = await fleet.api.call('whoami.show');
  assert.deepEqual(
    items.map(({ actor, subject, data }) => [actor, subject.id, data['ignores']]),
    [[self, held.id, { windows: 1, blackouts: 0 }]],
  );
});

test('an emergency is not superseded, neither by what starts later nor by a direct assignment', async () => {
  const fleet = await aFleetTenant(shared);
  const device = await fleet.device();
  const urgent = await fleet.api.call('rollouts.create', { body: { ...(await aDraft(fleet)), start: true } });
  const first = (await device.poll()).deploymentBase;
  await fleet.assign(await fleet.release(), device);
  const links = await device.poll();
  assert.deepEqual([links.deploymentBase, links.cancelAction], [first, undefined]);
  const { counts } = await fleet.api.call('rollouts.show', { params: { id: urgent.id } });
  assert.deepEqual(counts, { offered: 1 });
});

test('an emergency of what a device waits for takes its place, and leaves alone what has begun', async () => {
  const fleet = await aFleetTenant(shared);
  const [waits, works] = [await fleet.device(), await fleet.device()];
  const { release, ...draft } = await aDraft(fleet);
  const policy = { windows: NEVER };
  const body = { ...draft, release, policy, start: true };
  const { id } = await fleet.api.call('rollouts.create', {
    body: { ...body, name: 'at night', filter: `name==${waits.name}` },
  });
  await fleet.api.call('rollouts.create', {
    body: { ...body, name: 'now', policy: {}, filter: `name==${works.name}` },
  });
  const [, number = ''] = /deploymentBase\/(\d+)/.exec((await works.poll()).deploymentBase ?? '') ?? [];
  await works.report(Number(number), { execution: 'proceeding', finished: 'none' });
  assert.equal((await waits.poll()).deploymentBase, undefined);

  const devices = [waits.name, works.name];
  const made = await fleet.api.call('assignments.create', {
    body: { release, devices, policy: { ...policy, emergency: true } },
  });
  assert.deepEqual([made.assigned.map(({ device }) => device), made.alreadyAssigned], [[waits.name], [works.name]]);
  await waits.report(Number(/cancelAction\/(\d+)/.exec((await waits.poll()).cancelAction ?? '')?.[1]), {
    about: 'cancelAction',
  });
  assert.ok((await waits.poll()).deploymentBase);
  assert.deepEqual((await fleet.api.call('rollouts.show', { params: { id } })).counts, { superseded: 1 });
  const again = await fleet.api.call('assignments.create', {
    body: { release, devices: [waits.name], policy: { emergency: true } },
  });
  assert.deepEqual(again.alreadyAssigned, [waits.name]);
});

test('nobody gives a right away that he does not have', async () => {
  const fleet = await aFleetTenant(shared);
  const password = 'another good password';
  const ben = await fleet.api.call('users.create', { body: { name: 'ben', password, rights: [] } });
  assert.deepEqual(ben.rights, []);
  const asBen = apiClient({ baseUrl: fleet.url, authorization: basic('ben', password) });
  const rights = ['emergency'] as const;
  const grants = [
    () => asBen.call('tokens.create', { body: { name: 'x', rights: [...rights] } }),
    () => asBen.call('users.create', { body: { name: 'y', password, rights: [...rights] } }),
    () => asBen.call('users.change', { params: { id: ben.id }, body: { rights: [...rights] } }),
  ];
  for (const grant of grants) await assert.rejects(grant, REFUSED);
  await fleet.api.call('users.change', { params: { id: ben.id }, body: { rights: [...rights] } });
  assert.deepEqual((await asBen.call('whoami.show')).rights, ['emergency']);
});

test('nobody sets the password of somebody who may do more', async () => {
  const fleet = await aFleetTenant(shared);
  const password = 'another good password';
  const { items } = await fleet.api.call('users.list');
  const ben = await fleet.api.call('users.create', { body: { name: 'ben of passwords', password, rights: [] } });
  const ann = await fleet.api.call('users.create', { body: { name: 'ann of passwords', password, rights: [] } });
  const asBen = apiClient({ baseUrl: fleet.url, authorization: basic('ben of passwords', password) });
  const setting = (id = '') => asBen.call('users.change', { params: { id }, body: { password: 'a third good one' } });
  await assert.rejects(() => setting(items[0]?.id), REFUSED);
  await setting(ann.id);
  await setting(ben.id);
});

test('a personal token loses the right with its user', async () => {
  const fleet = await aFleetTenant(shared);
  const personal = await fleet.api.call('tokens.create', { body: { name: 'laptop', kind: 'personal' } });
  assert.deepEqual(personal.rights, RIGHTS);
  const through = apiClient({ baseUrl: fleet.url, authorization: `Bearer ${personal.secret}` });
  const { items } = await fleet.api.call('users.list');
  await fleet.api.call('users.change', { params: { id: items[0]?.id ?? '' }, body: { rights: [] } });
  assert.deepEqual((await through.call('whoami.show')).rights, []);
});

async function aDraft(fleet: TestFleet) {
  const release = await fleet.release();
  return { name: `urgent ${release.name}`, release: release.id, filter: '', policy: EMERGENCY };
}

async function aMachine(fleet: TestFleet, name: string, rights: 'emergency'[]): Promise<ApiClient> {
  const { secret } = await fleet.api.call('tokens.create', { body: { name, rights } });
  return apiClient({ baseUrl: fleet.url, authorization: `Bearer ${secret}` });
}
