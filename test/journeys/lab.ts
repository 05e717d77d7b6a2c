import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { ApiClient } from '@updraft/protocols';
import { makeServerCertificate, makeSigningKey, type SigningKey } from '../devices/certificates.ts';
import type { DeviceOptions } from '../devices/device-options.ts';
import { makeImage } from '../devices/slot-image.ts';
import { DEVICE_PROGRAMS, SwupdateDevice } from '../devices/swupdate-device.ts';
import { makeSwu, type SwuRecipe } from '../devices/swu.ts';
import { programsOrSkip, type ProgramName } from '../programs/debian.ts';
import { databaseSettings, type Database } from './databases.ts';
import { JourneyServer } from './journey-server.ts';
import { publish, upload } from './software.ts';

const IMAGE_BYTES = 256 * 1024;
const HARDWARE_REVISION = '1.0';
/** The least that the server takes, so that no journey waits long for a poll. */
const POLL_INTERVAL = '00:00:01';
/** So long that a device polls at its start and when it is told to, and else never. */
export const POLLS_WHEN_TOLD = '23:59:59';
/**
 * SWUpdate's installer still clears away what was broken off when the device polls again; an installation that begins in that
 * moment is taken for failed by one half of it and for good by the other. Minutes lie between two polls in the field, a second in a
 * lab: here more, from the first poll on, because it keeps to what it was last told. A download that is to be broken off must be so
 * slow that a poll falls into it.
 */
export const POLLS_APART = '00:00:06';
/**
 * More than a socket holds. SWUpdate hands a bundle to its installer and asks how it went; if the installer has not begun to read by
 * then, the answer is how it went before, and what follows a failure is taken for failed though it is installed.
 */
export const AFTER_A_FAILURE_BYTES = 2 * 1024 * 1024;
export const OLD_VERSION = '1.0.0';
export const NEW_VERSION = '2.0.0';

export type LabOptions = {
  /** What the server keeps its data in; SQLite unless told. */
  readonly database?: Database;
  /** Of the images and slots; 256 KiB unless told. */
  readonly imageBytes?: number;
  /** HH:MM:SS; 1 s unless told. */
  readonly pollInterval?: string;
  /** Settings of the server beside its own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What is run beside what every lab runs. */
  readonly programs?: readonly ProgramName[];
};

export type NewDevice = Partial<DeviceOptions> & {
  /** Of the device type that it is given. */
  readonly type?: string;
  /** False: the server is told nothing of it. */
  readonly isKnown?: boolean;
};

/** A server behind HTTPS with a CA of its own, a signer of bundles, an old and a new image, and devices with Debian's SWUpdate. */
export class Lab implements AsyncDisposable {
  readonly folder: string;
  readonly server: JourneyServer;
  readonly caFile: string;
  readonly signer: SigningKey;
  readonly oldImage: Buffer;
  readonly newImage: Buffer;
  readonly #owned: AsyncDisposableStack;
  #bundles = 0;

  private constructor(
    parts: Pick<Lab, 'folder' | 'server' | 'caFile' | 'signer'>,
    owned: AsyncDisposableStack,
    imageBytes: number,
  ) {
    this.folder = parts.folder;
    this.server = parts.server;
    this.caFile = parts.caFile;
    this.signer = parts.signer;
    this.oldImage = makeImage(OLD_VERSION, imageBytes);
    this.newImage = makeImage(NEW_VERSION, imageBytes);
    this.#owned = owned;
  }

  /** Undefined after the test was skipped because a program is missing. When the test fails, it shows what the server said. */
  static async open(t: TestContext, options: LabOptions = {}): Promise<Lab | undefined> {
    if (programsOrSkip(t, [...DEVICE_PROGRAMS, 'openssl', 'cpio', ...(options.programs ?? [])]) === undefined)
      return undefined;
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(path.join(os.tmpdir(), 'journey-'));
    stack.defer(() => rm(folder, { recursive: true }));
    const [certificate, signer] = await Promise.all([makeServerCertificate(folder), makeSigningKey(folder)]);
    const environment = await databaseSettings(t, options.database ?? 'sqlite', stack);
    if (environment === undefined) return undefined;
    const server = stack.use(
      await JourneyServer.start({ folder, certificate, environment: { ...environment, ...options.environment } }),
    );
    t.after(() => {
      if (!t.passed) t.diagnostic(`the server said:\n${server.output}`);
    });
    await server.api.call('settings.change', { body: { pollInterval: options.pollInterval ?? POLL_INTERVAL } });
    const parts = { folder, server, signer, caFile: certificate.caFile };
    return new Lab(parts, stack.move(), options.imageBytes ?? IMAGE_BYTES);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }

  get api(): ApiClient {
    return this.server.api;
  }

  /** A device, switched off, that runs the old version and trusts server and signer; the server knows it and its token. */
  async addDevice({ type, isKnown = true, ...options }: NewDevice = {}): Promise<SwupdateDevice> {
    const { name = 'gw-1' } = options;
    const token = randomBytes(16).toString('hex');
    if (isKnown)
      await this.api.call('devices.create', { body: { name, token, ...(type === undefined ? {} : { type }) } });
    const device = await SwupdateDevice.create({
      serverUrl: this.server.url,
      caFile: this.caFile,
      signingCertificates: [this.signer.certificateFile],
      slots: { A: this.oldImage, B: this.oldImage.length },
      ...(isKnown && options.gatewayToken === undefined && options.clientCertificate === undefined ? { token } : {}),
      ...options,
      name,
    });
    return this.#owned.use(device);
  }

  /** Writes a bundle with openssl and cpio; unless told otherwise it brings the new image, signed. */
  async makeBundle(device: SwupdateDevice, recipe: Partial<SwuRecipe> = {}): Promise<string> {
    this.#bundles += 1;
    const file = path.join(this.folder, `bundle-${this.#bundles}.swu`);
    await makeSwu(file, {
      version: NEW_VERSION,
      image: this.newImage,
      slotPaths: device.slotPaths,
      hardwareRevisions: [HARDWARE_REVISION],
      signer: this.signer,
      ...recipe,
    });
    return file;
  }

  /** Makes such a bundle, uploads it and publishes it as a release; gives the release's id. */
  async publishFor(device: SwupdateDevice, recipe: Partial<SwuRecipe> = {}): Promise<string> {
    const { version = NEW_VERSION } = recipe;
    return this.publishBundle(await this.makeBundle(device, recipe), version);
  }

  async publishBundle(file: string, version = NEW_VERSION): Promise<string> {
    const { id } = await upload(this.api, file);
    return publish(this.api, { version, artifact: id });
  }

  /** Registers the signer's certificate, from which on the server refuses what others signed. */
  async requireSignatures(pem: string): Promise<void> {
    await this.api.call('signing-certificates.create', { body: { name: 'release', pem } });
  }
}
