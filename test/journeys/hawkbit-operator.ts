import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { makeSigningKey, type SigningKey } from '../devices/certificates.ts';
import type { DeviceOptions } from '../devices/device-options.ts';
import { makeImage } from '../devices/slot-image.ts';
import { makeSwu } from '../devices/swu.ts';
import { DEVICE_PROGRAMS, SwupdateDevice } from '../devices/swupdate-device.ts';
import { programsOrSkip } from '../programs/debian.ts';
import { mustRun } from '../programs/run-program.ts';
import { JourneyServer } from './journey-server.ts';
import { NEW_VERSION, OLD_VERSION } from './lab.ts';
import { until } from './until.ts';

const IMAGE_BYTES = 64 * 1024;
const CURL_TIME_LIMIT_MS = 60_000;
const POLL = /\/controller\/v1\/:\w+$/;

/** Any JSON, as jq reads it in a script. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Json = any;

/** What an operator of hawkBit has: `admin`/`admin`, curl, devices with Debian's SWUpdate, and a signer of their bundles. */
export class Operator implements AsyncDisposable {
  readonly server: JourneyServer;
  readonly folder: string;
  readonly image = makeImage(NEW_VERSION, IMAGE_BYTES);
  readonly #signer: SigningKey;
  readonly #owned: AsyncDisposableStack;

  private constructor(
    { server, folder, signer }: Pick<Operator, 'server' | 'folder'> & { readonly signer: SigningKey },
    owned: AsyncDisposableStack,
  ) {
    this.server = server;
    this.folder = folder;
    this.#signer = signer;
    this.#owned = owned;
  }

  /** Undefined after the test was skipped because a program is missing. */
  static async open(t: TestContext): Promise<Operator | undefined> {
    if (programsOrSkip(t, [...DEVICE_PROGRAMS, 'openssl', 'cpio', 'curl']) === undefined) return undefined;
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(path.join(os.tmpdir(), 'operator-'));
    stack.defer(() => rm(folder, { recursive: true }));
    const signer = await makeSigningKey(folder);
    const environment = { UPDRAFT_ADMIN_USER: 'admin', UPDRAFT_ADMIN_PASSWORD: 'admin' };
    const server = stack.use(await JourneyServer.start({ folder, environment }));
    t.after(() => {
      if (!t.passed) t.diagnostic(`the server said:\n${server.output}`);
    });
    await server.api.call('settings.change', { body: { pollInterval: '00:00:01' } });
    return new Operator({ server, folder, signer }, stack.move());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }

  /** `curl -u admin:admin -X METHOD …/rest/v1PATH`, with JSON unless other arguments are given; what it printed. */
  async curl(method: string, to: string, body?: Json, form: readonly string[] = []): Promise<Json> {
    const sent = body === undefined ? [] : ['-H', 'Content-Type: application/json', '-d', JSON.stringify(body)];
    const url = `${this.server.url}/rest/v1${to}`;
    const args = ['-sS', '--fail-with-body', '-u', 'admin:admin', '-X', method, ...sent, ...form, url];
    const said = await mustRun('curl', args, { timeLimitMs: CURL_TIME_LIMIT_MS });
    return said === '' ? undefined : JSON.parse(said);
  }

  /** A device, switched off, whose token the server has shown. */
  async device(name: string, options: Partial<DeviceOptions> = {}): Promise<SwupdateDevice> {
    await this.curl('POST', '/targets', [{ controllerId: name, name, description: 'a gateway' }]);
    const { securityToken: token } = await this.curl('GET', `/targets/${name}`);
    const device = await SwupdateDevice.create({
      serverUrl: this.server.url,
      signingCertificates: [this.#signer.certificateFile],
      slots: { A: makeImage(OLD_VERSION, IMAGE_BYTES), B: IMAGE_BYTES },
      name,
      token,
      ...options,
    });
    return this.#owned.use(device);
  }

  /** A distribution set whose one module holds the bundle for a device, and beside it a file that is none; its id. */
  async distributionSet(device: SwupdateDevice, name: string): Promise<number> {
    const [module] = await this.curl('POST', '/softwaremodules', [{ name, version: NEW_VERSION, type: 'os' }]);
    const file = path.join(this.folder, `${name}.swu`);
    const { slotPaths } = device;
    await makeSwu(file, {
      version: NEW_VERSION,
      image: this.image,
      slotPaths,
      hardwareRevisions: ['1.0'],
      signer: this.#signer,
    });
    const artifacts = `/softwaremodules/${module.id}/artifacts`;
    await this.curl('POST', artifacts, undefined, ['-F', `file=@${file}`]);
    await this.curl('POST', artifacts, undefined, ['-F', `file=@${this.#signer.certificateFile};filename=README`]);
    const sets = [{ name, version: NEW_VERSION, type: 'os', modules: [{ id: module.id }] }];
    return (await this.curl('POST', '/distributionsets', sets))[0].id;
  }

  /** Assigns, and tells the action. */
  async assign(name: string, set: number, wish: Json = {}): Promise<number> {
    const { assignedActions } = await this.curl('POST', `/targets/${name}/assignedDS`, { id: set, ...wish });
    return assignedActions[0].id;
  }

  async untilStatus(name: string, action: number, status: string): Promise<void> {
    await until({
      what: `action ${action} as ${status}`,
      look: async () => (await this.curl('GET', `/targets/${name}/actions/${action}`)).status as string,
      isIt: (found) => found === status,
    });
  }

  async polls(): Promise<number> {
    return this.server.countAnswers({ route: POLL, status: 200 });
  }
}
