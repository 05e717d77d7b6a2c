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

async function addDevices({ server }: TestFleet, count: number): Promise<void> {
  const tenant = await server.store.reader.selectFrom('tenant').select('id').executeTakeFirstOrThrow();
  const scope = { tenant: tenant.id, tenantName: 'DEFAULT', actor: 'test', kind: 'user' } as const;
  await Promise.all(
    Array.from({ length: count }, (_, at) => server.store.commands.run('device.join', { scope, name: `gw-${at}` })),
  );
}
