import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { clusterOrSkip, type PostgresCluster } from '../../../store/test/postgres-cluster.ts';
import { copyToPostgres } from '../../src/upkeep/copy-to-postgres.ts';
import { aFleet, ddiClient, SWUPDATE_SAYS } from '../a-fleet.ts';
import { aServer } from '../a-server.ts';
import { INSTANCE_KEY, silent } from './a-backup.ts';

// Servers end with their tests, the database after them.
const clusters: PostgresCluster[] = [];
after(async () => {
  for (const cluster of clusters) await cluster[Symbol.asyncDispose]();
});

test('a device goes on with its update after its server has moved to PostgreSQL', async (t) => {
  const cluster = await clusterOrSkip(t);
  if (cluster === undefined) return;
  clusters.push(cluster);
  const to = await cluster.createDatabase();
  const fleet = await aFleet(t, { environment: { UPDRAFT_INSTANCE_KEY: INSTANCE_KEY } });
  const { token } = await fleet.api.call('devices.create', { body: { name: 'gw-x', type: null } });
  const credential = { name: 'gw-x', authorization: `TargetToken ${token}` };
  const device = ddiClient(fleet.url, credential);
  const { number } = await fleet.assign(await fleet.release(), device);
  await device.poll();
  await device.report(number, SWUPDATE_SAYS.start);

  const copy = { dataDir: fleet.dataDir, from: 'sqlite:', to };
  await assert.rejects(copyToPostgres(copy, silent), { code: 'data-dir-in-use' });
  await fleet.server.stop();
  const rows = await copyToPostgres(copy, silent);
  assert.deepEqual([rows.get('device'), rows.get('assignment')], [1, 1]);
  await assert.rejects(copyToPostgres(copy, silent), { code: 'database-not-empty' });

  const environment = { UPDRAFT_DATABASE_URL: to, UPDRAFT_INSTANCE_KEY: INSTANCE_KEY };
  const again = await aServer(t, { dataDir: fleet.dataDir, environment });
  assert.equal((await ddiClient(again.url, credential).report(number, SWUPDATE_SAYS.success)).status, 200);
  assert.equal((await again.api.call('assignments.show', { params: { number } })).state, 'succeeded');
  // An identity that went on before the last of the rows would be refused.
  await again.api.call('devices.create', { body: { name: 'gw-y' } });
});
