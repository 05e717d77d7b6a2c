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

test('why of a rollout looks at some of its devices, counts those of later phases, and says of how many that is', async (t) => {
  const fleet = await aFleet(t);
  await addDevices(fleet, 1100);
  const release = await fleet.release();
  const phases = [{ size: { by: 'count' as const, count: 600 } }, { size: { by: 'rest' as const } }];
  const body = { name: 'all', release: release.id, start: true, phases };
  const { id } = await fleet.api.call('rollouts.create', { body });
  const why = await fleet.api.call('rollouts.why', { params: { id } });
  assert.deepEqual([why.open, why.scheduled, why.looked, why.isSampled], [1100, 500, 500, true]);
  const counts = why.gates.map(({ gate, shut, first }) => [gate, shut, first]);
  assert.deepEqual(counts, [
    ['phase-started', 500, 500],
    ['contact', 500, 500],
  ]);
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
