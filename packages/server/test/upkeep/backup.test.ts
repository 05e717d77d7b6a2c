import assert from 'node:assert/strict';
import { mkdir, readFile, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { holdObjects, sweepObjects } from '@updraft/store';
import { clusterOrSkip, type PostgresCluster } from '../../../store/test/postgres-cluster.ts';
import { backUp } from '../../src/upkeep/backup.ts';
import { checkBackup } from '../../src/upkeep/check-backup.ts';
import { restore } from '../../src/upkeep/restore.ts';
import { aFleet, ddiClient, SWUPDATE_SAYS, type TestFleet } from '../a-fleet.ts';
import { aServer } from '../a-server.ts';
import { aPlace, INSTANCE_KEY, settingsFor, silent } from './a-backup.ts';

const clusters: PostgresCluster[] = [];
after(async () => {
  for (const cluster of clusters) await cluster[Symbol.asyncDispose]();
});

async function aDatabase(t: TestContext): Promise<string | undefined> {
  const cluster = clusters[0] ?? (await clusterOrSkip(t));
  if (cluster === undefined) return undefined;
  if (clusters.length === 0) clusters.push(cluster);
  return cluster.createDatabase();
}

function environmentOf(databaseUrl: string): Record<string, string> {
  return databaseUrl === 'sqlite:' ? {} : { UPDRAFT_DATABASE_URL: databaseUrl, UPDRAFT_INSTANCE_KEY: INSTANCE_KEY };
}

async function backedUp(t: TestContext, fleet: TestFleet, databaseUrl = 'sqlite:'): Promise<string> {
  const folder = await aPlace(t, 'backup');
  await backUp(await settingsFor(fleet.dataDir, databaseUrl), folder, silent);
  return folder;
}

async function restored(t: TestContext, folder: string, databaseUrl = 'sqlite:'): Promise<string> {
  const dataDir = await aPlace(t, 'restored');
  await restore(await settingsFor(dataDir, databaseUrl), folder, silent);
  return dataDir;
}

for (const kind of ['SQLite', 'PostgreSQL'] as const)
  test(`a device goes on with its update at the server that was restored from a backup (${kind})`, async (t) => {
    const databases = kind === 'SQLite' ? ['sqlite:', 'sqlite:'] : [await aDatabase(t), await aDatabase(t)];
    const [from, to] = databases;
    if (from === undefined || to === undefined) return;
    const fleet = await aFleet(t, { environment: environmentOf(from) });
    const bytes = Buffer.from('the image');
    const release = await fleet.release('2.0', { files: [{ filename: 'os.swu', bytes }] });
    const { token } = await fleet.api.call('devices.create', { body: { name: 'gw-x', type: null } });
    const credential = { name: 'gw-x', authorization: `TargetToken ${token}` };
    const device = ddiClient(fleet.url, credential);
    const { number } = await fleet.assign(release, device);
    await device.poll();
    await device.report(number, SWUPDATE_SAYS.start);

    const folder = await backedUp(t, fleet, from);
    await fleet.server.stop();
    const dataDir = await restored(t, folder, to);
    const again = await aServer(t, { dataDir, environment: environmentOf(to) });
    const moved = ddiClient(again.url, credential);

    assert.match((await moved.poll()).deploymentBase ?? '', new RegExp(`/deploymentBase/${number}`));
    assert.equal((await moved.report(number, SWUPDATE_SAYS.success)).status, 200);
    const shown = await again.api.call('assignments.show', { params: { number } });
    assert.deepEqual([shown.state, shown.attempts.length], ['succeeded', 1]);
    const [artifact] = (await again.api.call('artifacts.list')).items;
    const content = await again.fetch(`/api/v1/artifacts/${artifact?.id}/content`);
    assert.deepEqual(Buffer.from(await content.arrayBuffer()), bytes);
  });

test('no wire id that was given after the backup is given again by the restored server', async (t) => {
  const fleet = await aFleet(t);
  const release = await fleet.release();
  await fleet.assign(release, await fleet.device());
  const folder = await backedUp(t, fleet);
  const lost = await fleet.assign(release, await fleet.device());
  await fleet.server.stop();
  const again = await aServer(t, { dataDir: await restored(t, folder) });

  const { name } = await again.api.call('devices.create', { body: { name: 'new' } });
  const { assigned } = await again.api.call('assignments.create', { body: { release: release.id, devices: [name] } });
  assert.ok((assigned[0]?.number ?? 0) > lost.number + 1_000_000);
});

test('a report about an action that only the lost server knew is refused, and the device is served on', async (t) => {
  const fleet = await aFleet(t);
  const release = await fleet.release();
  const { token } = await fleet.api.call('devices.create', { body: { name: 'gw-x', type: null } });
  const credential = { name: 'gw-x', authorization: `TargetToken ${token}` };
  const folder = await backedUp(t, fleet);
  const { number } = await fleet.assign(release, ddiClient(fleet.url, credential));
  await fleet.server.stop();
  const again = await aServer(t, { dataDir: await restored(t, folder) });

  const device = ddiClient(again.url, credential);
  assert.equal((await device.report(number, SWUPDATE_SAYS.success)).status, 404);
  assert.deepEqual(Object.keys(await device.poll()), ['configData']);
});

test('events of the restored server have positions that no reader has seen', async (t) => {
  const fleet = await aFleet(t);
  await fleet.device();
  const folder = await backedUp(t, fleet);
  await fleet.device();
  const seen = (await fleet.api.call('events.list', { query: { sort: '-position' } })).items[0]?.position ?? 0;
  await fleet.server.stop();
  const again = await aServer(t, { dataDir: await restored(t, folder) });

  await again.api.call('devices.create', { body: { name: 'new' } });
  const { items } = await again.api.call('events.list', { query: { filter: `position=gt=${seen}` } });
  assert.deepEqual(
    items.map(({ name }) => name),
    ['device.created'],
  );
});

test('a backup is whole, holds the instance key, and nobody else may read it', async (t) => {
  const fleet = await aFleet(t);
  await fleet.release();
  const folder = await backedUp(t, fleet);
  const manifest = await checkBackup(folder, silent);
  assert.equal(manifest.objects.length, 1);
  assert.equal(
    await readFile(path.join(folder, 'instance.key'), 'utf8'),
    await readFile(path.join(fleet.dataDir, 'instance.key'), 'utf8'),
  );
  assert.equal((await stat(path.join(folder, 'instance.key'))).mode & 0o777, 0o600);
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
});

test('nothing is restored over what stands, nor beside a server that runs', async (t) => {
  const fleet = await aFleet(t);
  const folder = await backedUp(t, fleet);
  const settings = await settingsFor(fleet.dataDir);
  await assert.rejects(restore(settings, folder, silent), { code: 'data-dir-in-use' });
  await fleet.server.stop();
  await assert.rejects(restore(settings, folder, silent), { code: 'data-dir-not-empty' });
  await assert.rejects(backUp(settings, folder, silent), { code: 'backup-exists' });
});

test('a restore that was cut off keeps a server from starting, and is done anew', async (t) => {
  const fleet = await aFleet(t);
  await fleet.device();
  const folder = await backedUp(t, fleet);
  const dataDir = await aPlace(t, 'restored');
  await mkdir(path.join(dataDir, 'restoring'), { recursive: true });
  await mkdir(path.join(dataDir, 'objects'));
  await assert.rejects(aServer(t, { dataDir }), { code: 'restore-unfinished' });
  await restore(await settingsFor(dataDir), folder, silent);
  const again = await aServer(t, { dataDir });
  assert.equal((await again.api.call('devices.list')).total, 1);
});

test('a configured instance key stays out of the backup, and another one is refused', async (t) => {
  const fleet = await aFleet(t, { environment: { UPDRAFT_INSTANCE_KEY: INSTANCE_KEY } });
  const folder = await aPlace(t, 'backup');
  const settings = await settingsFor(fleet.dataDir);
  const configured = { ...settings, secrets: { ...settings.secrets, instanceKey: INSTANCE_KEY } };
  const { instanceKey } = await backUp(configured, folder, silent);
  assert.equal(instanceKey.included, false);
  const target = await settingsFor(await aPlace(t, 'restored'));
  await assert.rejects(restore(target, folder, silent), { code: 'instance-key-missing' });
  const other = { ...target, secrets: { ...target.secrets, instanceKey: 'ab'.repeat(32) } };
  await assert.rejects(restore(other, folder, silent), { code: 'instance-key-differs' });
});

test('an object that loses its artifact while a backup reads stays until the backup is done', async (t) => {
  const fleet = await aFleet(t);
  const answer = await fleet.fetch('/api/v1/artifacts?filename=a', { method: 'POST', body: 'bytes' });
  const { id, sha256 } = (await answer.json()) as { readonly id: string; readonly sha256: string };
  const { objects, reader } = fleet.server.store;
  const [tenant] = await reader.selectFrom('tenant').select('id').execute();
  const file = path.join(fleet.dataDir, 'objects', String(tenant?.id), sha256.slice(0, 2), sha256);
  const longAgo = new Date(Date.now() - 2 * 3_600_000);
  const sweep = () => sweepObjects(objects, reader, { now: Date.now() });
  const backup = await holdObjects({ dialect: 'sqlite', file: path.join(fleet.dataDir, 'updraft.db') });

  await utimes(file, longAgo, longAgo);
  await fleet.api.call('artifacts.delete', { params: { id } });
  assert.equal(await sweep(), 0);
  await backup[Symbol.asyncDispose]();
  assert.equal(await sweep(), 1);
});
