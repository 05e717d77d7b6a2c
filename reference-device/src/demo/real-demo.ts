import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { ApiClient, CallAnswer } from '@updraft/protocols';
import { buildDevice } from '../image/build-device.ts';
import { cacheFolder } from '../image/package-cache.ts';
import { makeFactoryImage } from '../image/factory-image.ts';
import { requirePrograms } from '../image/host-program.ts';
import { slotBundleArguments } from '../image/slot-bundle.ts';
import { DEFAULT_DEVICE_TYPE, ensureDeviceType, joinServer } from '../run/join-server.ts';
import { Machine } from '../run/machine.ts';
import { makeOverlay } from '../run/overlay.ts';
import { QEMU_NEEDS } from '../run/qemu-arguments.ts';
import { addressFromGuest } from '../run/server-from-guest.ts';
import { startDemoServer } from './demo-server.ts';
import { runUpdraft } from './program.ts';

const DEVICE = 'gateway-1';
const [OLD_VERSION, NEW_VERSION] = ['1.0.0', '2.0.0'];
/** Each poll is a handshake of TLS, also during a download: QEMU takes most of a second for one. */
const POLL_INTERVAL = '00:00:10';
/** A boot takes 6 s and the update half a minute; a busy machine takes some times as long. */
const STEP_LIMIT_MS = 300_000;
const LOOK_EVERY_MS = 500;

type Say = (line: string) => void;
type Story = { readonly folder: string; readonly say: Say; readonly signal: AbortSignal };
type Assignment = CallAnswer<'assignments.show'>;

/**
 * The demo with one device that really boots: two images are built, the first boots under QEMU, takes the second as a signed bundle from
 * the server, restarts into its other slot and commits it. Tells whether it came out so. Leaves nothing behind but cached packages.
 */
export async function playRealDemo(say: Say, signal: AbortSignal): Promise<boolean> {
  requirePrograms([...QEMU_NEEDS, 'openssl']);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'updraft-demo-'));
  try {
    say(`Updraft demo with a device under QEMU. All of it lives in ${folder} and goes when the demo ends;`);
    say(`Debian's packages, some 90 MB, are fetched once and stay in ${cacheFolder()}.`);
    return await play({ folder, say, signal });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function play({ folder, say, signal }: Story): Promise<boolean> {
  const progress = (line: string): void => say(`    ${line}`);
  const [old, fresh] = [path.join(folder, OLD_VERSION), path.join(folder, NEW_VERSION)];
  await buildDevice({ version: OLD_VERSION, output: old }, progress);
  await buildDevice({ version: NEW_VERSION, output: fresh, isSlotOnly: true }, progress);
  say(`✓ images of gateway ${OLD_VERSION} and ${NEW_VERSION}, built from Debian's packages`);
  await using server = await startDemoServer(folder, signal);
  say(`✓ a server on ${server.url}, its database SQLite`);
  const signer = { keyFile: path.join(folder, 'release.key'), certificateFile: path.join(folder, 'release.crt') };
  await runUpdraft(
    ['key', 'new', '--subject', 'CN=release', '--out-key', signer.keyFile, '--out-cert', signer.certificateFile],
    signal,
  );
  const bundle = path.join(folder, `gateway-${NEW_VERSION}.swu`);
  const wish = { version: NEW_VERSION, slotImage: path.join(fresh, 'slot.ext4'), output: bundle, ...signer };
  await runUpdraft(['bundle', 'create', ...slotBundleArguments(wish)], signal);
  const release = await publish(server.api, bundle, await readFile(signer.certificateFile, 'utf8'));
  say(`✓ a signing key, a bundle of ${NEW_VERSION} signed with it, and its release`);
  await using machine = await makeDevice(folder, old, {
    serverUrl: addressFromGuest(server.url),
    caPem: server.caPem,
    bundleCertificatePem: await readFile(signer.certificateFile, 'utf8'),
    token: await joinServer(server.api, DEVICE, DEFAULT_DEVICE_TYPE),
  });
  await machine.switchOn();
  await machine.console.waitFor(/UPDRAFT agent started/, { timeLimitMs: STEP_LIMIT_MS });
  say(`✓ ${DEVICE} is up: U-Boot, Linux and SWUpdate for arm64, version ${OLD_VERSION} in slot a`);
  return await update(server.api, { machine, release, say, signal });
}

type Update = Pick<Story, 'say' | 'signal'> & { readonly machine: Machine; readonly release: string };

async function update(api: ApiClient, { machine, release, say, signal }: Update): Promise<boolean> {
  const { assigned } = await api.call('assignments.create', { body: { release, devices: [DEVICE] } });
  const number = assigned[0]?.number ?? 0;
  const from = machine.console.position;
  const startedAt = performance.now();
  const at = (): string => `${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s`;
  const told = new Set<string>();
  const tell = (line: string): void => {
    if (!told.has(line)) say(`${at()}  ${line}`);
    told.add(line);
  };
  for (;;) {
    const found = await api.call('assignments.show', { params: { number }, signal });
    for (const [, words = ''] of machine.console.text(from).matchAll(/^UPDRAFT (.+)/gm)) tell(`  ${DEVICE}: ${words}`);
    tell(`server: ${stateOf(found)}`);
    if (found.endedAt !== null) return verdict(found, say);
    if (performance.now() - startedAt > STEP_LIMIT_MS) throw new Error('the update came to no end');
    await wait(LOOK_EVERY_MS, undefined, { signal });
  }
}

function verdict(found: Assignment, say: Say): boolean {
  const { state, evidence = [], message = null } = found.attempts.at(-1) ?? {};
  say(
    state === 'succeeded'
      ? `✓ ${DEVICE} runs ${NEW_VERSION} in slot b: ${evidence.join(' and ')}`
      : `This is not how the demo should have come out: ${state}, ${message ?? 'without a word'}`,
  );
  return state === 'succeeded';
}

function stateOf({ state, attempts }: Assignment): string {
  return attempts.at(-1)?.state ?? state;
}

type DeviceIdentity = {
  readonly serverUrl: string;
  readonly caPem: string;
  readonly bundleCertificatePem: string;
  readonly token: string;
};

async function makeDevice(folder: string, build: string, identity: DeviceIdentity): Promise<Machine> {
  const own = path.join(folder, DEVICE);
  await mkdir(own);
  const [disk, factoryImage] = [path.join(own, 'disk.qcow2'), path.join(own, 'factory.img')];
  await makeOverlay(disk, path.join(build, 'disk.img'));
  await makeFactoryImage(factoryImage, { deviceId: DEVICE, tenant: 'default', ...identity });
  return Machine.create({ folder: own, uBoot: path.join(build, 'u-boot.bin'), disk, factoryImage });
}

/** Publishes a bundle as a release that devices of the reference's type take; gives the release's id. */
async function publish(api: ApiClient, bundle: string, pem: string): Promise<string> {
  await api.call('settings.change', { body: { pollInterval: POLL_INTERVAL } });
  await api.call('signing-certificates.create', { body: { name: 'release', pem } });
  await ensureDeviceType(api, DEFAULT_DEVICE_TYPE);
  const body = await readFile(bundle);
  const sha256 = createHash('sha256').update(body).digest('hex');
  const query = new URLSearchParams({ filename: path.basename(bundle), sha256 });
  const headers = { 'content-type': 'application/octet-stream' };
  const uploaded = await api.open(`/artifacts?${query.toString()}`, { method: 'POST', headers, body });
  const { id: artifact } = (await uploaded.json()) as { readonly id: string };
  const name = 'gateway';
  const component = await api.call('components.create', {
    body: { name, version: NEW_VERSION, artifacts: [artifact] },
  });
  const { id } = await api.call('releases.create', {
    body: { name, version: NEW_VERSION, components: [component.id], deviceTypes: [DEFAULT_DEVICE_TYPE] },
  });
  await api.call('releases.publish', { params: { id } });
  return id;
}
