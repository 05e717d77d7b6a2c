import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFile, copyFile, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { apiClient } from '@updraft/protocols';
import { postgresMaker } from '../../../store/test/postgres-maker.ts';
import { backUp } from '../../src/upkeep/backup.ts';
import { checkBackup } from '../../src/upkeep/check-backup.ts';
import { restore } from '../../src/upkeep/restore.ts';
import { aFleet } from '../a-fleet.ts';
import { aServer, basic } from '../a-server.ts';
import { aPlace, INSTANCE_KEY, settingsFor, silent } from './a-backup.ts';

const { cluster, end } = postgresMaker();
after(end);

/** A backup of a server with one release, whose server has ended. */
async function aBackup(t: TestContext, keyFromOperator = false): Promise<string> {
  const fleet = await aFleet(t, keyFromOperator ? { environment: { UPDRAFT_INSTANCE_KEY: INSTANCE_KEY } } : {});
  await fleet.release();
  const folder = await aPlace(t, 'backup');
  const settings = await settingsFor(fleet.dataDir);
  const instanceKey = keyFromOperator ? INSTANCE_KEY : null;
  await backUp({ ...settings, secrets: { ...settings.secrets, instanceKey } }, folder, silent);
  return folder;
}

async function change(folder: string, from: string | RegExp, to: string): Promise<void> {
  const file = path.join(folder, 'manifest.json');
  const text = await readFile(file, 'utf8');
  assert.notEqual(text.replace(from, to), text);
  await writeFile(file, text.replace(from, to));
}

async function anObject(folder: string): Promise<string> {
  const [name = ''] = await readdir(path.join(folder, 'objects'));
  return path.join(folder, 'objects', name);
}

/** Elsewhere the same bytes, here a link to them. */
async function linkAway(file: string): Promise<void> {
  const elsewhere = `${file}.elsewhere`;
  await rename(file, elsewhere);
  await symlink(elsewhere, file);
}

const WRONG: Readonly<Record<string, readonly [string, (folder: string) => Promise<void>]>> = {
  'of a later form': ['backup-unknown', (folder) => change(folder, '"version": 1', '"version": 2')],
  'of a newer program': ['database-too-new', (folder) => change(folder, /"migration": \d+/, '"migration": 99')],
  'whose manifest is cut': [
    'backup-unknown',
    async (folder) => {
      const file = path.join(folder, 'manifest.json');
      await writeFile(file, (await readFile(file)).subarray(0, 200));
    },
  ],
  'without a manifest': ['backup-unknown', (folder) => rm(path.join(folder, 'manifest.json'))],
  'that names a table outside': [
    'backup-unknown',
    (folder) => change(folder, '"name": "device"', '"name": "../device"'),
  ],
  'that names an object outside': [
    'backup-unknown',
    async (folder) => change(folder, path.basename(await anObject(folder)), '../../../../etc/passwd'),
  ],
  'that leaves a table out': ['backup-damaged', (folder) => change(folder, /\{\s*"name": "assignment",[^}]*\},/, '')],
  'that names a table twice': [
    'backup-damaged',
    (folder) => change(folder, /(\{\s*"name": "assignment",[^}]*\},)/, '$1$1'),
  ],
  'that leaves an object out': ['backup-damaged', (folder) => change(folder, /"objects": \[[^\]]*\]/, '"objects": []')],
  'with a table that has grown': [
    'backup-damaged',
    (folder) => appendFile(path.join(folder, 'tables', 'device.ndjson.zst'), 'x'),
  ],
  'with an object that has grown': ['backup-damaged', async (folder) => appendFile(await anObject(folder), 'x')],
  'without one of its objects': ['backup-damaged', async (folder) => rm(await anObject(folder))],
  'with another key': ['backup-damaged', (folder) => writeFile(path.join(folder, 'instance.key'), '00'.repeat(32))],
  'with a link for an object': ['backup-damaged', async (folder) => linkAway(await anObject(folder))],
  'with a link for a table': ['backup-damaged', (folder) => linkAway(path.join(folder, 'tables', 'device.ndjson.zst'))],
  'with a link for the key': ['backup-damaged', (folder) => linkAway(path.join(folder, 'instance.key'))],
  'with a link for the manifest': ['backup-unknown', (folder) => linkAway(path.join(folder, 'manifest.json'))],
  'with a pipe for an object': [
    'backup-damaged',
    async (folder) => {
      const file = await anObject(folder);
      await rm(file);
      execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', file]);
    },
  ],
  'whose table is another': [
    'backup-damaged',
    (folder) =>
      copyFile(path.join(folder, 'tables', 'tenant.ndjson.zst'), path.join(folder, 'tables', 'device.ndjson.zst')),
  ],
};

test('a backup that is not as it was made restores nothing, and the refusal has its code', async (t) => {
  const whole = await aBackup(t);
  for (const [what, [code, harm]] of Object.entries(WRONG)) {
    const folder = await aPlace(t, 'backup');
    execFileSync('cp', ['-r', whole, folder]);
    await harm(folder);
    const dataDir = await aPlace(t, 'restored');
    await assert.rejects(restore(await settingsFor(dataDir), folder, silent), { code }, what);
    const left = (await readdir(dataDir)).filter((name) => !name.startsWith('lock.db'));
    assert.deepEqual(left, [], what);
  }
  await checkBackup(whole, silent);
});

test('of two restores into one folder at once, one is refused and the other is whole', async (t) => {
  const folder = await aBackup(t);
  const dataDir = await aPlace(t, 'restored');
  const settings = await settingsFor(dataDir);
  const both = await Promise.allSettled([restore(settings, folder, silent), restore(settings, folder, silent)]);
  const refused = both.flatMap((one) => (one.status === 'rejected' ? [(one.reason as { code?: string }).code] : []));
  assert.deepEqual(refused, ['data-dir-in-use']);
  const again = await aServer(t, { dataDir });
  assert.equal((await again.api.call('releases.list')).total, 1);
});

test('of two restores into one PostgreSQL database at once, one is refused and the other is whole', async (t) => {
  const to = await (await cluster(t))?.createDatabase();
  if (to === undefined) return;
  const folder = await aBackup(t, true);
  const dataDirs = [await aPlace(t, 'one'), await aPlace(t, 'other')];
  const both = await Promise.allSettled(
    dataDirs.map(async (dataDir) => restore(await settingsFor(dataDir, to), folder, silent)),
  );
  const refused = both.flatMap((one) => (one.status === 'rejected' ? [(one.reason as { code?: string }).code] : []));
  assert.deepEqual(refused, ['database-not-empty']);
  const dataDir = dataDirs[both.findIndex(({ status }) => status === 'fulfilled')] ?? assert.fail();
  const environment = { UPDRAFT_DATABASE_URL: to, UPDRAFT_INSTANCE_KEY: INSTANCE_KEY };
  const again = await aServer(t, { dataDir, environment });
  assert.equal((await again.api.call('releases.list')).total, 1);
});

test('what two tenants have alike, each has after a restore', async (t) => {
  const fleet = await aFleet(t);
  const user = { name: 'other', password: 'correct horse battery staple' };
  await fleet.api.call('tenants.create', { body: { name: 'Con_-0', user } });
  const tenants = [fleet.authorization, basic(user.name, user.password)];
  const upload = { method: 'POST', body: 'the same bytes' };
  for (const as of tenants)
    assert.ok((await fleet.fetch('/api/v1/artifacts?filename=a%2Fb%00', { ...upload, as })).status >= 400);
  const name = encodeURIComponent('..\u202e "ä;\n'.replaceAll('\n', ''));
  for (const as of tenants)
    assert.equal((await fleet.fetch(`/api/v1/artifacts?filename=${name}`, { ...upload, as })).status, 201);
  const folder = await aPlace(t, 'backup');
  const { objects } = await backUp(await settingsFor(fleet.dataDir), folder, silent);
  assert.equal(objects.length, 1);
  await fleet.server.stop();
  const dataDir = await aPlace(t, 'restored');
  await restore(await settingsFor(dataDir), folder, silent);
  const again = await aServer(t, { dataDir });
  for (const authorization of tenants) {
    const [artifact] = (await apiClient({ baseUrl: again.url, authorization }).call('artifacts.list')).items;
    const content = await again.fetch(`/api/v1/artifacts/${artifact?.id}/content`, { as: authorization });
    assert.equal(await content.text(), 'the same bytes');
  }
});
