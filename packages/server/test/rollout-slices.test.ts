import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { DEVICES_PER_SLICE } from '@updraft/store';
import { aFleet, type TestFleet } from './a-fleet.ts';
import { eventually } from './contract/fleet-maker.ts';

const DEVICES = DEVICES_PER_SLICE * 2 + 10;

test('a rollout over more devices than a slice holds is made, and a restart in between loses and doubles none', async (t) => {
  const dataDir = await aFolder(t);
  const first = await aFleet(t, { dataDir });
  await addDevices(first, DEVICES);
  const release = await first.release();
  const made = await first.api.call('rollouts.create', { body: { name: 'all', release: release.id, start: true } });
  assert.equal(made.state, 'creating');
  assert.equal(made.total, DEVICES_PER_SLICE, 'the first slice is made at once');
  await first.server.stop();

  const second = await aFleet(t, { dataDir });
  const show = () => second.api.call('rollouts.show', { params: { id: made.id } });
  const whole = await eventually(async () => ((await show()).state === 'running' ? show() : null));
  assert.deepEqual([whole.total, whole.counts], [DEVICES, { ready: DEVICES }]);
  const numbers = await second.server.store.reader
    .selectFrom('assignment')
    .select((eb) => [eb.fn.countAll<number>().as('n'), eb.fn.max('number').as('last')])
    .executeTakeFirstOrThrow();
  assert.deepEqual([numbers.n, numbers.last], [DEVICES, DEVICES]);

  await second.api.call('rollouts.stop', { params: { id: made.id } });
  const stopped = await eventually(async () => ((await show()).state === 'stopped' ? show() : null));
  assert.deepEqual(stopped.counts, { canceled: DEVICES });
  // Its folder goes before what else the test lets go of.
  await second.server.stop();
});

test('a rollout over more devices than a slice holds', async (t) => {
  const fleet = await aFleet(t);
  const devices = DEVICES_PER_SLICE + 100;
  await addDevices(fleet, devices);
  const release = (await fleet.release()).id;

  await t.test('is stopped while it is made, ends with what was made, and leaves nothing open', async () => {
    const made = await fleet.api.call('rollouts.create', { body: { name: 'stopped', release, start: true } });
    assert.equal(made.state, 'creating');
    await fleet.api.call('rollouts.stop', { params: { id: made.id } });
    const over = await eventually(async () => {
      const now = await fleet.api.call('rollouts.show', { params: { id: made.id } });
      return now.state === 'stopped' ? now : null;
    });
    assert.deepEqual(over.counts, { canceled: over.total });
  });

  await t.test('closes what it left, also where one of its phases is over before it comes to that', async () => {
    const first = { size: { by: 'count' as const, count: 1 }, successPercent: 0, next: 'hand' as const };
    const phases = [first, { size: { by: 'rest' as const } }];
    const body = { name: 'left', release, filter: 'name=in=(gw-0,gw-1)', phases, start: true };
    const { id } = await fleet.api.call('rollouts.create', { body });
    await fleet.server.settleJobs();
    const { scope, number } = await memberOf(fleet, id);
    const { commands } = fleet.server.store;
    // Given in one breath they share a commit: counts are folded before a slice of what is left is closed.
    await Promise.all([
      commands.run('assignment.force-quit', { scope, number, expectedRevision: null }),
      commands.run('rollout.act', { scope, id, expectedRevision: null, act: 'stop' }),
      commands.run('job.fold-counts', undefined),
    ]);
    await fleet.server.settleJobs();
    const { state, counts } = await fleet.api.call('rollouts.show', { params: { id } });
    assert.deepEqual([state, counts], ['stopped', { canceled: 2 }]);
  });

  await t.test('is explained by a part of its devices, which is said, and counts of the phases to come', async () => {
    const phases = [{ size: { by: 'count' as const, count: 600 } }, { size: { by: 'rest' as const } }];
    const { id } = await fleet.api.call('rollouts.create', { body: { name: 'why', release, start: true, phases } });
    const why = await eventually(async () => {
      const now = await fleet.api.call('rollouts.why', { params: { id } });
      return now.state === 'running' ? now : null;
    });
    const scheduled = devices - 600;
    assert.deepEqual([why.open, why.scheduled, why.looked, why.isSampled], [devices, scheduled, 500, true]);
    const counts = why.gates.map(({ gate, shut, first }) => [gate, shut, first]);
    assert.deepEqual(counts, [
      ['phase-started', scheduled, scheduled],
      ['contact', 500, 500],
    ]);
  });
});

async function aFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'updraft-slices-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Of the first phase. */
async function memberOf(fleet: TestFleet, rollout: string) {
  const { number, tenant } = await fleet.server.store.reader
    .selectFrom('assignment as a')
    .innerJoin('rollout as r', 'r.id', 'a.rollout')
    .select(['a.number', 'r.tenant'])
    .where('r.uid', '=', rollout)
    .where('a.phase', '=', 1)
    .executeTakeFirstOrThrow();
  return { number, scope: scopeOf(tenant) };
}

async function addDevices({ server }: TestFleet, count: number): Promise<void> {
  const tenant = await server.store.reader.selectFrom('tenant').select('id').executeTakeFirstOrThrow();
  const scope = scopeOf(tenant.id);
  await Promise.all(
    Array.from({ length: count }, (_, at) => server.store.commands.run('device.join', { scope, name: `gw-${at}` })),
  );
}

function scopeOf(tenant: number) {
  return { tenant, tenantName: 'DEFAULT', actor: 'test', kind: 'user' } as const;
}
