import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { makeServerCertificate } from '../../../test/devices/certificates.ts';
import { programsOrSkip } from '../../../test/programs/debian.ts';
import { startServerProcess } from '../../fleet/src/server-process.ts';
import { aServerForThisFile } from './a-command.ts';
import { takeUpdate } from './a-device.ts';

const at = aServerForThisFile();

/** A desk with a published release of a bundle that was made and signed there, for devices of a type of its own. */
async function aRelease(t: TestContext) {
  const { desk, server } = await at.aDesk(t);
  const type = `type-${randomBytes(4).toString('hex')}`;
  await writeFile(desk.at('rootfs.img'), randomBytes(20_000));
  await desk.json('key', 'new', '--out-key', desk.at('key'), '--out-cert', desk.at(`${type}.pem`));
  await desk.json(
    'bundle',
    'create',
    '--image',
    desk.at('rootfs.img'),
    '--version',
    '2.0',
    '--hardware',
    'lab:1.0',
    '--key',
    desk.at('key'),
    '--cert',
    desk.at(`${type}.pem`),
    '--out',
    desk.at('os.swu'),
  );
  await desk.json('certificate', 'add', desk.at(`${type}.pem`));
  await desk.json('device-type', 'add', type);
  const aDevice = async (name: string) => {
    const { token } = await desk.json('device', 'add', `${type}-${name}`, '--type', type);
    return { name: `${type}-${name}`, token: String(token) };
  };
  const publish = ['release', 'create', type, '2.0', '--artifact', desk.at('os.swu'), '--type', type, '--publish'];
  return { desk, server, type, aDevice, publish, release: await desk.json(...publish) };
}

test('a release goes from a key to a device with commands alone', async (t) => {
  const { desk, server, type, aDevice, release } = await aRelease(t);
  assert.deepEqual([release['state'], release['deviceTypes']], ['published', [type]]);
  const device = await aDevice('1');
  await desk.json('rollout', 'create', type, '--release', `${type}@2.0`, '--filter', `type==${type}`, '--start');
  const why = await desk.json('why', device.name);
  const gates = why['gates'] as readonly { readonly gate: string; readonly passed: boolean }[];
  assert.deepEqual(
    gates.filter(({ passed }) => !passed).map(({ gate }) => gate),
    ['contact'],
  );
  await takeUpdate(server.url, device, 'success');
  const { status, out, err } = await desk.updraft(['rollout', 'watch', type]);
  assert.equal(status, 0, err);
  assert.match(out, /Every device has the release\./);
  const shown = await desk.json('device', 'show', device.name);
  assert.deepEqual((shown['runningRelease'] as { version: string } | null)?.version, '2.0');
});

test('a rollout that failed on a device ends its watch with status 1, and the device says why', async (t) => {
  const { desk, server, type, aDevice } = await aRelease(t);
  const device = await aDevice('1');
  await desk.json('rollout', 'create', type, '--release', `${type}@2.0`, '--filter', `type==${type}`, '--start');
  await takeUpdate(server.url, device, 'failure');
  const { status, out } = await desk.updraft(['rollout', 'watch', type]);
  assert.equal(status, 1);
  const [, filter = ''] = /--filter '([^']+)'/.exec(out) ?? [];
  const { items } = (await desk.json('assignment', 'list', '--filter', filter)) as {
    items: { number: number; device: string }[];
  };
  assert.deepEqual(
    items.map((one) => one.device),
    [device.name],
  );
  const told = await desk.updraft(['assignment', 'show', String(items[0]?.number)]);
  assert.match(told.out, /said by hand/);
});

test('making the same release again is no error and uploads nothing', async (t) => {
  const { desk, publish, release } = await aRelease(t);
  assert.equal((await desk.json(...publish))['id'], release['id']);
  const { total } = await desk.json('artifact', 'list', '--filter', 'filename==os.swu');
  await desk.json(...publish);
  assert.equal((await desk.json('artifact', 'list', '--filter', 'filename==os.swu'))['total'], total);
});

test('a direct assignment is made once, and can be canceled by the name of its device', async (t) => {
  const { desk, type, aDevice } = await aRelease(t);
  const { name } = await aDevice('1');
  const first = (await desk.json('assign', name, '--release', `${type}@2.0`)) as { assigned: { device: string }[] };
  assert.deepEqual(
    first.assigned.map((one) => one.device),
    [name],
  );
  assert.deepEqual((await desk.json('assign', name, '--release', `${type}@2.0`))['alreadyAssigned'], [name]);
  await desk.json('cancel', name, '--force');
  assert.equal((await desk.updraft(['cancel', name])).status, 6);
});

test('a bundle that another signed is refused with its code', async (t) => {
  const { desk } = await aRelease(t);
  await desk.json('key', 'new', '--out-key', desk.at('stolen'), '--out-cert', desk.at('stolen.pem'));
  await desk.json(
    'bundle',
    'create',
    '--image',
    desk.at('rootfs.img'),
    '--version',
    '3.0',
    '--hardware',
    'lab:1.0',
    '--key',
    desk.at('stolen'),
    '--cert',
    desk.at('stolen.pem'),
    '--out',
    desk.at('evil.swu'),
  );
  const { status, err } = await desk.updraft(['artifact', 'upload', desk.at('evil.swu'), '--json']);
  assert.deepEqual([status, JSON.parse(err).code], [1, 'bundle-signer-unknown']);
});

test('a login keeps a token that a logout makes worthless', async (t) => {
  const { desk, server } = await at.aDesk(t);
  delete desk.env['UPDRAFT_TOKEN'];
  delete desk.env['UPDRAFT_SERVER'];
  const logIn = ['login', server.url, '--user', server.user, '--password-stdin'];
  assert.equal((await desk.updraft(logIn, 'wrong')).status, 3);
  assert.equal((await desk.updraft(logIn, server.password)).status, 0);
  assert.equal((await desk.json('whoami'))['actor'], server.user);
  const kept = JSON.parse(await readFile(desk.at('.config/updraft/credentials.json'), 'utf8'));
  await desk.json('logout');
  assert.equal((await desk.updraft(['whoami'])).status, 3);
  Object.assign(desk.env, { UPDRAFT_SERVER: server.url, UPDRAFT_TOKEN: kept.servers[server.url].token });
  assert.equal((await desk.updraft(['whoami'])).status, 3);
});

test('events are told as they happen', async (t) => {
  const { desk } = await at.aDesk(t);
  const following = desk.start(['events', '--follow', '--json']);
  const lines = createInterface(following.stdout);
  await once(lines, 'line');
  const name = `gw-${randomBytes(4).toString('hex')}`;
  const heard = new Promise<void>((resolve) =>
    lines.on('line', (line) => void (JSON.parse(line).subject.id === name && resolve())),
  );
  await desk.json('device', 'add', name);
  await heard;
  following.kill('SIGINT');
  assert.deepEqual(await once(following, 'close'), [130, null]);
});

test('a server with a CA of its own is trusted when the CA is named, and then always', async (t) => {
  if (programsOrSkip(t, ['openssl']) === undefined) return;
  const { desk } = await at.aDesk(t);
  const { caFile, certificateFile, keyFile } = await makeServerCertificate(desk.at('.'));
  // The helper that starts the server asks it over HTTPS whether it is ready.
  setDefaultCACertificates([...getCACertificates(), await readFile(caFile, 'utf8')]);
  const environment = { UPDRAFT_TLS_CERT: certificateFile, UPDRAFT_TLS_KEY: keyFile };
  await using server = await startServerProcess({
    dataDir: desk.at('data'),
    signal: t.signal,
    environment,
  });
  desk.env['UPDRAFT_SERVER'] = '';
  desk.env['UPDRAFT_TOKEN'] = '';
  const logIn = ['login', server.url, '--user', server.user, '--password-stdin'];
  const { status, err } = await desk.process([...logIn, '--json'], server.password);
  assert.deepEqual([status, JSON.parse(err).code], [5, 'certificate-not-trusted']);
  assert.equal((await desk.process([...logIn, '--ca', caFile], server.password)).status, 0);
  assert.equal((await desk.process(['whoami'])).status, 0);
  await writeFile(desk.at('os.img'), 'image');
  assert.equal((await desk.process(['artifact', 'upload', desk.at('os.img')])).status, 0);
});
