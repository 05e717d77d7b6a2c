import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { ApiClient } from '@updraft/protocols';
import { makeFactoryImage } from '../../reference-device/src/image/factory-image.ts';
import { slotBundleArguments } from '../../reference-device/src/image/slot-bundle.ts';
import { ensureDeviceType, joinServer } from '../../reference-device/src/run/join-server.ts';
import { Machine } from '../../reference-device/src/run/machine.ts';
import { makeOverlay } from '../../reference-device/src/run/overlay.ts';
import { partitionsOf } from '../../reference-device/src/run/partitions.ts';
import { addressFromGuest } from '../../reference-device/src/run/server-from-guest.ts';
import {
  makeServerCertificate,
  makeSigningKey,
  type ServerCertificate,
  type SigningKey,
} from '../devices/certificates.ts';
import { JourneyServer } from '../journeys/journey-server.ts';
import { upload } from '../journeys/software.ts';
import { until } from '../journeys/until.ts';
import { programsOrSkip } from '../programs/debian.ts';
import { mustRun } from '../programs/run-program.ts';
import { buildGolden, buildSlot, type BuildRecipe, type GoldenBuild } from './built-images.ts';
import { ReferenceDevice, STEP_LIMIT_MS, type NewReferenceDevice } from './reference-device.ts';

const LAUNCHER = path.join(import.meta.dirname, '..', '..', 'bin', 'updraft');
const PROGRAMS = ['qemu-system-aarch64', 'qemu-img', 'qemu-io', 'u-boot.bin', 'mke2fs', 'openssl'] as const;
/** Each poll is a handshake of TLS, also during a download: QEMU takes most of a second for one. */
const POLL_INTERVAL = '00:00:10';
const DEVICE_TYPE = 'reference-gateway';
const HARDWARE = 'updraft-reference:1.0';
const BUNDLE_LIMIT_MS = 120_000;
const SHOWN_LINES = 150;
const SECTOR_BYTES = 512;
/** Of a slot of some 100 MiB. */
const WRITTEN_BYTES = 16 * 1024 ** 2;
/** A new version on a machine that is busy is given time; where it is to fail, a test says how much. */
const POLICY = { healthSeconds: 60, serverSeconds: 120, pollSeconds: 10 };

export type BundleRecipe = BuildRecipe & {
  readonly signer?: SigningKey;
  readonly hardware?: string;
  /** The device keeps the image in memory before it writes it; else it is written while it arrives. */
  readonly isCopiedFirst?: boolean;
  /** The slot was written from outside: the bundle brings one sector, which ext4 does not use, and the switch to the slot. */
  readonly isSwitchOnly?: boolean;
  /** SWUpdate's file of the key that the image is encrypted with. */
  readonly aesKeyFile?: string;
};

/** Whom a device's story is told to when it failed. */
type DeviceOwner = Pick<TestContext, 'after' | 'passed' | 'diagnostic'>;

/** A server behind HTTPS, a signer, the golden image of version 1.0.0, and devices under QEMU that stand on it. */
export class DeviceLab implements AsyncDisposable {
  readonly folder: string;
  readonly server: JourneyServer;
  readonly signer: SigningKey;
  readonly golden: GoldenBuild;
  readonly certificate: ServerCertificate;
  readonly #owned: AsyncDisposableStack;
  readonly #bundles = new Map<string, Promise<string>>();

  private constructor(
    parts: Pick<DeviceLab, 'folder' | 'server' | 'signer' | 'golden' | 'certificate'>,
    owned: AsyncDisposableStack,
  ) {
    this.folder = parts.folder;
    this.server = parts.server;
    this.signer = parts.signer;
    this.golden = parts.golden;
    this.certificate = parts.certificate;
    this.#owned = owned;
  }

  /** With these settings of the server, beside those that are made up here. Undefined after the test was skipped because a program is missing. */
  static async open(
    t: Pick<TestContext, 'skip'>,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<DeviceLab | undefined> {
    if (programsOrSkip(t, PROGRAMS) === undefined) return undefined;
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(path.join(os.tmpdir(), 'device-lab-'));
    stack.defer(() => rm(folder, { recursive: true }));
    const golden = await buildGolden();
    const [certificate, signer] = await Promise.all([makeServerCertificate(folder), makeSigningKey(folder)]);
    const server = stack.use(await JourneyServer.start({ folder, certificate, environment }));
    await server.api.call('settings.change', { body: { pollInterval: POLL_INTERVAL } });
    await ensureDeviceType(server.api, DEVICE_TYPE);
    // Journeys go back and forth between two versions on one device.
    const { items } = await server.api.call('device-types.list');
    await server.api.call('device-types.change', {
      params: { id: items.find(({ name }) => name === DEVICE_TYPE)?.id ?? '' },
      body: { downgrade: 'allowed' },
    });
    return new DeviceLab({ folder, server, signer, golden, certificate }, stack.move());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }

  get api(): ApiClient {
    return this.server.api;
  }

  get caFile(): string {
    return this.certificate.caFile;
  }

  /** A device, switched off, of version 1.0.0 in slot a. When the test fails, it shows what the console said. */
  async addDevice(t: DeviceOwner, options: NewReferenceDevice = {}): Promise<ReferenceDevice> {
    const { name = `gw-${randomBytes(3).toString('hex')}` } = options;
    const folder = path.join(this.folder, name);
    await mkdir(folder);
    const token = await joinServer(this.api, name, DEVICE_TYPE);
    const [disk, factoryImage] = [path.join(folder, 'disk.qcow2'), path.join(folder, 'factory.img')];
    await makeOverlay(disk, this.golden.disk);
    if (options.slotB !== undefined) await this.#writeSlotB(disk, await buildSlot(options.slotB));
    await makeFactoryImage(factoryImage, {
      deviceId: name,
      tenant: 'default',
      serverUrl: options.serverUrl ?? addressFromGuest(this.server.url),
      ...(options.client === undefined ? { token } : { client: options.client }),
      caPem: await readFile(this.caFile, 'utf8'),
      bundleCertificatePem: options.bundleCertificatePem ?? (await readFile(this.signer.certificateFile, 'utf8')),
      policy: { ...POLICY, ...options.policy },
      ...(options.bundleAesKey === undefined ? {} : { bundleAesKey: options.bundleAesKey }),
      ...(options.address === undefined ? {} : { address: options.address }),
    });
    const { uBoot } = this.golden;
    const machine = this.#owned.use(await Machine.create({ folder, disk, factoryImage, uBoot }));
    const device = new ReferenceDevice(name, machine);
    t.after(() => {
      if (!t.passed)
        t.diagnostic(`${name} printed:\n${machine.console.text(0).split('\n').slice(-SHOWN_LINES).join('\n')}`);
    });
    return device;
  }

  /** A bundle of the slot, made with `updraft bundle create`; each is made once. */
  async bundle(recipe: BundleRecipe): Promise<string> {
    const key = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 12);
    const made = this.#bundles.get(key) ?? this.#makeBundle(path.join(this.folder, `${key}.swu`), recipe);
    this.#bundles.set(key, made);
    return made;
  }

  /** Publishes a release of such a bundle under a name of its own, and the version that its image shows; gives its id. */
  async publish(recipe: BundleRecipe): Promise<string> {
    const { version } = recipe;
    const { id: artifact } = await upload(this.api, await this.bundle(recipe));
    const name = `gateway-${randomBytes(4).toString('hex')}`;
    const component = await this.api.call('components.create', { body: { name, version, artifacts: [artifact] } });
    const { id } = await this.api.call('releases.create', { body: { name, version, components: [component.id] } });
    await this.api.call('releases.publish', { params: { id } });
    return id;
  }

  /** Waits until some of an image is written into a slot, which the disk's file grows by. */
  async untilWriting({ name }: ReferenceDevice): Promise<void> {
    const disk = path.join(this.folder, name, 'disk.qcow2');
    const before = (await stat(disk)).size;
    await until({
      what: 'a slot that is written',
      look: async () => (await stat(disk)).size - before,
      isIt: (written) => written > WRITTEN_BYTES,
      timeLimitMs: STEP_LIMIT_MS,
    });
  }

  async #writeSlotB(disk: string, image: string): Promise<void> {
    const place = (await partitionsOf(this.golden.disk)).get('slot-b');
    const { size } = await stat(image);
    const command = `write -q -s ${image} ${place?.offsetBytes} ${size}`;
    await mustRun('qemu-io', ['-f', 'qcow2', '-c', command, disk], { timeLimitMs: STEP_LIMIT_MS });
  }

  async #makeBundle(out: string, recipe: BundleRecipe): Promise<string> {
    const { signer = this.signer, hardware = HARDWARE } = recipe;
    const slotImage = recipe.isSwitchOnly === true ? `${out}.sector` : await buildSlot(recipe);
    if (recipe.isSwitchOnly === true) await writeFile(slotImage, Buffer.alloc(SECTOR_BYTES));
    const encryption = recipe.aesKeyFile === undefined ? {} : { aesKeyFile: recipe.aesKeyFile };
    const wish = { version: recipe.version, slotImage, hardware, output: out, ...encryption };
    const words = slotBundleArguments({ ...wish, keyFile: signer.keyFile, certificateFile: signer.certificateFile });
    const kept = words.filter((word) => !(recipe.isCopiedFirst === true && word === '--installed-directly'));
    const args = [LAUNCHER, 'bundle', 'create', ...kept];
    await mustRun(process.execPath, args, { timeLimitMs: BUNDLE_LIMIT_MS });
    return out;
  }
}
