import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import pg from 'pg';
import { postgresMaker } from '../../store/test/postgres-maker.ts';
import { ddiClient, publishRelease, SWUPDATE_SAYS } from './a-fleet.ts';
import { aServer } from './a-server.ts';
import { eventually } from './contract/fleet-maker.ts';

const { cluster, end } = postgresMaker();
after(end);

test('a report that begins while its rollout is given a pace is counted, though it commits behind the slice', async (t) => {
  const url = await (await cluster(t))?.createDatabase('perhaps-migrated');
  if (url === undefined) return;
  const [side, watch] = [new pg.Client({ connectionString: url }), new pg.Client({ connectionString: url })];
  for (const client of [side, watch]) {
    await client.connect();
    t.after(() => client.end());
  }
  const running = await aServer(t, {
    environment: { UPDRAFT_DATABASE_URL: url, UPDRAFT_INSTANCE_KEY: randomBytes(32).toString('hex') },
  });
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

async function lockWaits(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return rows[0]?.n ?? 0;
}
