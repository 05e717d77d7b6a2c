import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { postgresMaker } from '../../store/test/postgres-maker.ts';
import { ddiClient, publishRelease } from './a-fleet.ts';
import { consentBy } from './contract/assigned-device.ts';
import { eventually } from './contract/fleet-maker.ts';
import { aConnectionTo, aServerOn, lockWaits } from './held-transactions.ts';

const { cluster, end } = postgresMaker();
after(end);

test('a rollout that stops while a user says yes stops, though the device is never heard of again', async (t) => {
  const url = await (await cluster(t))?.createDatabase('perhaps-migrated');
  if (url === undefined) return;
  const [side, watch] = [await aConnectionTo(t, url), await aConnectionTo(t, url)];
  const running = await aServerOn(t, url);
  const { api, url: doors } = running;
  const release = await publishRelease(running, { name: 'os', version: '1' });
  const { token } = await api.call('devices.create', { body: { name: 'gw-1' } });
  const device = ddiClient(doors, { name: 'gw-1', authorization: `TargetToken ${token}` });
  const { id } = await api.call('rollouts.create', {
    body: {
      name: 'all',
      release: release.id,
      filter: 'name==gw-*',
      policy: { consent: { required: true } },
      start: true,
    },
  });
  const { items } = await api.call('assignments.list', { query: { filter: `rollout==${id}` } });
  const number = items[0]?.number ?? 0;

  // The yes has been written, but for the report that keeps it, and is not committed.
  await side.query('begin; lock table report in exclusive mode');
  const consent = consentBy(device, number);
  await eventually(async () => ((await lockWaits(watch)) >= 1 ? true : null));
  await api.call('rollouts.stop', { params: { id } });
  await eventually(async () => ((await lockWaits(watch)) >= 2 ? true : null));
  await side.query('commit');
  assert.equal((await consent).status, 200);
  await eventually(async () =>
    (await api.call('rollouts.show', { params: { id } })).state === 'stopped' ? true : null,
  );
});
