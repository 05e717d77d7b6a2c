import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { issueCertificate, makeAuthority, type SigningKey } from '../devices/certificates.ts';
import { hashOf, makeImage } from '../devices/slot-image.ts';
import { mustRun } from '../programs/run-program.ts';
import { assign } from './assignments.ts';
import { openCertificateGate } from './certificate-gate.ts';
import { Lab, NEW_VERSION, OLD_VERSION } from './lab.ts';
import { SiteProxy } from './site-proxy.ts';
import { takeUpdate } from './take-update.ts';

const LIMITS = { timeout: 240_000 };
const ENVIRONMENT = {
  UPDRAFT_TRUSTED_PROXIES: '127.0.0.1',
  UPDRAFT_ADMIN_USER: 'admin',
  UPDRAFT_ADMIN_PASSWORD: 'admin',
};
/** libcurl’s words for a handshake that the other end broke off. */
const REFUSED = /Channel get operation failed \(56\)/;
const TOOL_TIME_LIMIT_MS = 60_000;
const DELTA_IMAGE_BYTES = 1024 * 1024;
/** Far enough from each other that unchanged pieces lie between them. */
const CHANGED_AT = [40_000, 400_000, 900_000];
const DELTA = 'image.zck';

test('a device takes updates by a certificate, and through proxies', LIMITS, async (t) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'device-ca-'));
  t.after(() => rm(folder, { recursive: true }));
  const authority = await makeAuthority(folder, 'device-ca');
  const environment = { ...ENVIRONMENT, UPDRAFT_TLS_CLIENT_CA: authority.certificateFile };
  await using lab = await Lab.open(t, { environment, programs: ['zck', 'zck_read_header'] });
  if (lab === undefined) return;
  await lab.api.call('settings.change', { body: { trustedHeader: true, headerAuthorities: 'device-ca,site' } });
  await t.test('one that shows a certificate to the server needs no token', () => byCertificate(lab, authority));
  await t.test('one that shows a certificate to a proxy needs no token', () => byVouchedCertificate(lab, authority));
  await t.test('one that is sent to a mirror fetches its bundle there', () => byMirror(lab));
  await t.test('one that runs the version before fetches only what it lacks of the new one', () => byDelta(lab));
});

async function byCertificate(lab: Lab, authority: SigningKey): Promise<void> {
  const clientCertificate = await issueCertificate(lab.folder, authority, { name: 'direct' });
  const device = await lab.addDevice({ name: 'direct', clientCertificate, isKnown: false });
  await device.start();
  await device.pollNow();
  const release = await lab.publishFor(device, { version: '2.0.2' });
  await takeUpdate(lab.api, device, await assign(lab.api, 'direct', { release }));
  assert.equal(await device.slotHash('B'), hashOf(lab.newImage));
  await device.stop();
}

async function byVouchedCertificate(lab: Lab, authority: SigningKey): Promise<void> {
  const clientCertificate = await issueCertificate(lab.folder, authority, { name: 'certified' });
  const { folder, caFile } = lab;
  const shown = {
    caFile,
    certificateFile: path.join(folder, 'server.cert.pem'),
    keyFile: path.join(folder, 'server.key.pem'),
  };
  await using gate = await openCertificateGate(lab.server.url, { shown, clientCaFile: clientCertificate.caFile });
  const bare = await lab.addDevice({ name: 'bare', serverUrl: gate.url });
  const device = await lab.addDevice({ name: 'certified', serverUrl: gate.url, clientCertificate, isKnown: false });
  await bare.start();
  await device.start();
  await device.pollNow();
  const release = await lab.publishFor(device);
  const number = await assign(lab.api, 'certified', { release });
  await takeUpdate(lab.api, device, number);
  assert.equal(await device.slotHash('B'), hashOf(lab.newImage));
  await bare.waitForLog(REFUSED);
  const { lastControllerRequestAt } = await rest(lab, 'GET /targets/bare');
  assert.equal(lastControllerRequestAt, undefined, 'its token is worth nothing before the gate');
  await Promise.all([bare.stop(), device.stop()]);
}

async function byMirror(lab: Lab): Promise<void> {
  await using proxy = await SiteProxy.open(lab.server.url, { movesArtifacts: true });
  const device = await lab.addDevice({ name: 'moved', serverUrl: proxy.url });
  const number = await assign(lab.api, 'moved', { release: await lab.publishFor(device, { version: '2.0.1' }) });
  await device.start();
  await device.pollNow();
  await takeUpdate(lab.api, device, number);
  assert.equal(await device.slotHash('B'), hashOf(lab.newImage));
  const files = proxy.fetched.filter(({ path: asked }) => asked.includes('/artifacts/'));
  const steps = files.map(({ method, path: asked, status }) => [method, asked.startsWith('/mirror/'), status]);
  assert.deepEqual(steps, [
    ['HEAD', false, 302],
    ['HEAD', true, 200],
    ['GET', false, 302],
    ['GET', true, 200],
  ]);
  await device.stop();
}

/** Debian's SWUpdate asks for it without a token, at the address that its bundle names. */
async function byDelta(lab: Lab): Promise<void> {
  await using proxy = await SiteProxy.open(lab.server.url, { movesArtifacts: false });
  const [image, changed] = deltaImages();
  const slots = { A: image, B: image.length };
  const device = await lab.addDevice({ name: 'delta', serverUrl: proxy.url, slots });
  const file = await zchunk(lab, changed);
  const [module] = await rest(lab, 'POST /softwaremodules', [{ name: 'delta', version: NEW_VERSION, type: 'os' }]);
  const address = `${proxy.url}/DEFAULT/controller/v1/delta/softwaremodules/${module.id}/artifacts/${DELTA}`;
  const bundle = await lab.makeBundle(device, { image: await headerOf(file), deltaUrl: address });
  for (const one of [bundle, file]) await rest(lab, `POST /softwaremodules/${module.id}/artifacts`, await form(one));
  const [set] = await rest(lab, 'POST /distributionsets', [
    { name: 'delta', version: NEW_VERSION, type: 'os', modules: [{ id: module.id }] },
  ]);
  const { assignedActions } = await rest(lab, 'POST /targets/delta/assignedDS', { id: set.id });
  await device.start();
  await device.pollNow();
  await takeUpdate(lab.api, device, assignedActions[0].id);
  assert.equal(await device.slotHash('B'), hashOf(changed));
  const pieces = proxy.fetched.filter(({ path: asked }) => asked.endsWith(DELTA));
  assert.deepEqual(
    pieces.map(({ method, status, range }) => [method, status, (range ?? '').split(',').length >= CHANGED_AT.length]),
    [['GET', 206, true]],
  );
  assert.ok(lengthOf(pieces[0]?.range ?? '') < image.length / 2);
  await device.stop();
}

/** The running image, and one that differs from it in its version and in a few places. */
function deltaImages(): readonly [Buffer, Buffer] {
  const image = makeImage(OLD_VERSION, DELTA_IMAGE_BYTES);
  const changed = Buffer.from(image);
  const first = makeImage(NEW_VERSION, DELTA_IMAGE_BYTES);
  first.copy(changed, 0, 0, first.indexOf('\n'));
  for (const at of CHANGED_AT) first.copy(changed, at, at, at + 64);
  return [image, changed];
}

async function zchunk(lab: Lab, image: Buffer): Promise<string> {
  const [raw, file] = [path.join(lab.folder, 'image.raw'), path.join(lab.folder, DELTA)];
  await writeFile(raw, image);
  await mustRun('zck', ['--output', file, '-u', '--chunk-hash-type', 'sha256', raw], {
    timeLimitMs: TOOL_TIME_LIMIT_MS,
  });
  return file;
}

async function headerOf(file: string): Promise<Buffer> {
  const said = await mustRun('zck_read_header', [file], { timeLimitMs: TOOL_TIME_LIMIT_MS });
  const bytes = Number(/^Header size: (\d+)$/m.exec(said)?.[1]);
  return (await readFile(file)).subarray(0, bytes);
}

/** The bytes that a Range asks for. */
function lengthOf(range: string): number {
  return [...range.matchAll(/(\d+)-(\d+)/g)].reduce((sum, [, from, to]) => sum + Number(to) - Number(from) + 1, 0);
}

async function form(file: string): Promise<FormData> {
  const body = new FormData();
  body.append('file', new Blob([new Uint8Array(await readFile(file))]), path.basename(file));
  return body;
}

/** hawkBit's Management API, as its users call it; any JSON. */
// oxlint-disable-next-line typescript/no-explicit-any
async function rest(lab: Lab, what: string, body?: unknown): Promise<any> {
  const [method = '', to = ''] = what.split(' ');
  const authorization = `Basic ${Buffer.from('admin:admin').toString('base64')}`;
  const isForm = body instanceof FormData;
  const answer = await fetch(`${lab.server.url}/rest/v1${to}`, {
    method,
    headers: { authorization, ...(isForm ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  assert.ok(answer.ok, text);
  return JSON.parse(text);
}
