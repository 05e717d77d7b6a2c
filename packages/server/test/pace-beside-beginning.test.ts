import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { postgresMaker } from '../../store/test/postgres-maker.ts';
import { ddiClient, publishRelease, SWUPDATE_SAYS } from './a-fleet.ts';
import { eventually } from './contract/fleet-maker.ts';
import { aConnectionTo, aServerOn, lockWaits } from './held-transactions.ts';

const { cluster, end } = postgresMaker();
after(end);

test('a report that begins while its rollout is given a pace is counted, though it commits behind the slice', async (t) => {
  const url = await (await cluster(t))?.createDatabase('perhaps-migrated');
  if (url === undefined) return;
  const [side, watch] = [await aConnectionTo(t, url), await aConnectionTo(t, url)];
  const running = await aServerOn(t, url);
  const { api, server, url: doors } = running;
  const release = await publishRelease(running, { name: 'os', version: '1' });
  const { token } = await api.call('devices.create', { body: { name: 'gw-1' } });
  const device = ddiClient(doors, { name: 'gw-1', authorization: `TargetToken ${token}` });
  const { id, number } = await api.call('rollouts.create', {
    body: { name: 'all', release: release.id, filter: 'name==gw-*', start: true },
  });
  const { deploymentBase = '' } = await eventually(async () => {
    const answer = await device.poll();
    return answer.deploymentBase === undefined ? null : answer;
  });
  const action = Number(/deploymentBase\/(\d+)/.exec(deploymentBase)?.[1]);

  // The report has read that there is no pace, and waits with what it writes.
  await side.query('begin');
  await side.query('select 1 from attempt for update');
  const report = device.report(action, SWUPDATE_SAYS.start);
  await eventually(async () => ((await lockWaits(watch)) >= 1 ? true : null));
  await api.call('rollouts.change', { params: { id }, body: { policy: { pace: { parallel: 1 } } } });
  const cursorOf = server.store.reader.selectFrom('rollout').select('pace_cursor').where('id', '=', number);
  const isCounted = async () => (await cursorOf.executeTakeFirstOrThrow()).pace_cursor === null;
  await eventually(async () => ((await lockWaits(watch)) >= 2 || (await isCounted()) ? true : null));
  await side.query('commit');
  assert.equal((await report).status, 200);
  await eventually(async () => ((await isCounted()) ? true : null));

  const attempt = await server.store.reader.selectFrom('attempt').select('pace_held').executeTakeFirst();
  const pace = await server.store.reader.selectFrom('pace').select('in_flight').executeTakeFirst();
  assert.deepEqual([attempt?.pace_held, pace?.in_flight], [1, 1]);
});
