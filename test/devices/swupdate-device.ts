import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mustRun, runProgram } from '../programs/run-program.ts';
import { USTATE, type BootEnvironment } from './boot-environment.ts';
import { makeDeviceFolder, signersFile, slotFiles, SOCKET_FOLDERS } from './device-folder.ts';
import { DeviceLog, type WaitOptions } from './device-log.ts';
import { DEFAULT_HARDWARE, DEFAULT_SLOT_PATHS, type DeviceOptions, type Slot } from './device-options.ts';
import { DeviceProcess } from './device-process.ts';
import { allowedIsolations, insideDevice, type Isolation, type SlotPaths } from './isolation.ts';
import { hashOfFile, versionInSlot } from './slot-image.ts';
import { swupdateConfig } from './swupdate-config.ts';
import { SAYS, verdictOf, type InstallVerdict } from './swupdate-words.ts';

/**
 * What the boot script finds after an installation: the new slot comes up; it does not and the old one runs again, which the
 * script notices (`ustate` 3); or the old one runs again and nobody notices (`ustate` 2 all the same).
 */
export type BootOutcome = 'boots-new' | 'boot-fails' | 'old-version';

/** The least that `-u` takes; all else is in swupdate.cfg. */
const ENABLED = '-e';
const READY_TIME_LIMIT_MS = 60_000;
const FREE_SOCKET_TIME_LIMIT_MS = 120_000;
const LOOK_AGAIN_MS = 250;
const READY_OR_NO_SOCKET = new RegExp(`${SAYS.ready.source}|${SAYS.noFreeSocket.source}`);
const ONE_SHOT_TIME_LIMIT_MS = 60_000;
const STATE_TIME_LIMIT_MS = 20_000;
const MAX_ONE_SHOT_RUNS = 8;
const IPC_TIME_LIMIT_MS = 30_000;
const COPY_OF: Readonly<Record<Slot, string>> = { A: 'copy1', B: 'copy2' };
const OTHER: Readonly<Record<Slot, Slot>> = { A: 'B', B: 'A' };

/** What the harness runs; the gate of every test that makes a device: `programsOrSkip(t, DEVICE_PROGRAMS)`. */
export const DEVICE_PROGRAMS = ['swupdate', 'swupdate-ipc', 'fw_printenv', 'fw_setenv'] as const;

/**
 * A device with two slots, a redundant U-Boot environment and Debian's SWUpdate, unmodified, as its agent. The journeys play
 * its boot script. It owns one folder and one process group; both are gone after disposal, and also when the test's process is
 * killed, the folder excepted. Its mounts are private to its processes. Eleven SWUpdates may run at once on a machine, all tests
 * together (it looks no further for a free abstract socket): the twelfth device waits in `start`.
 *
 *     await using device = await SwupdateDevice.create({ name: 'gw-1', serverUrl, caFile, token, signingCertificates });
 *     await device.start();
 *     await device.pollNow();
 *     await device.waitForLog(SAYS.installed);
 *     await device.reboot('boots-new');
 *
 * What makes a journey fast (measured with a bundle of 4 MiB): `start` to installed 1.1 s, `reboot` to the final report 0.1 s.
 * - Each start polls at once and puts the attributes; an offer is taken at the second poll only. `pollNow` right after `start`
 *   is that second poll; without it add one polling interval of the server (its tenant setting; 1 s is the least).
 * - 1 s is a wait inside SWUpdate at the end of each installation, by the agent, `check` or `install` alike: no knob.
 * - `pace.retryWaitSeconds` counts in a download that was cut, `pace.reportResendSeconds` when the first report after a boot is
 *   refused, `pace.pollDelaySeconds` before the first good answer. `stop` takes 10 ms, in the middle of a download too.
 *
 * To interfere with a download, slow it down: `pace.maxDownloadSpeed` '6M' is 6 MiB/s, and it is watched for a cancel once a
 * polling interval. The kernel's socket buffers take some 10 MiB that the device has not read yet and will still read after the
 * server's death: a cut shows as a request with Range from 24 MiB on only.
 *
 * A refused bundle ends with a report `closed`/`failure` whose details are often just "No suitable .swu image found": look for
 * the reason in the reports before it, as `log` and `check` show it.
 */
export class SwupdateDevice {
  readonly name: string;
  /** `none` is a machine that forbids mount namespaces: SWUpdate's boot loader is none there, and `start` hands it the state. */
  readonly isolation: Isolation;
  /** The paths that a bundle for this device names. Without isolation they differ from device to device. */
  readonly slotPaths: SlotPaths;
  /** All that the device is made of, for a look at it by hand. */
  readonly folder: string;
  readonly #options: DeviceOptions;
  readonly #log: DeviceLog;
  readonly #bootEnvironment: BootEnvironment;
  #process: DeviceProcess | undefined;
  #runningSlot: Slot = 'A';

  private constructor(
    options: DeviceOptions,
    isolation: Isolation,
    made: Awaited<ReturnType<typeof makeDeviceFolder>>,
  ) {
    this.name = options.name;
    this.isolation = isolation;
    this.slotPaths = isolation === 'none' ? slotFiles(made.folder) : (options.slotPaths ?? DEFAULT_SLOT_PATHS);
    this.folder = made.folder;
    this.#options = options;
    this.#log = new DeviceLog(path.join(made.folder, 'device.log'));
    this.#bootEnvironment = made.bootEnvironment;
  }

  /** Makes the device, switched off. */
  static async create(options: DeviceOptions): Promise<SwupdateDevice> {
    const isolation = options.isolation ?? (await allowedIsolations())[0] ?? 'none';
    return new SwupdateDevice(options, isolation, await makeDeviceFolder(options));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  get runningSlot(): Slot {
    return this.#runningSlot;
  }

  /** Switches the device on: SWUpdate starts, aimed at the slot that does not run. Resolves when it is ready to poll. */
  async start(): Promise<void> {
    if (this.isRunning) throw new Error(`${this.name} is running already`);
    const command = insideDevice(this, await this.#swupdate(['-u', await this.#suricattaArguments()]), true);
    for (const deadline = performance.now() + FREE_SOCKET_TIME_LIMIT_MS; ; await sleep(LOOK_AGAIN_MS)) {
      await this.#process?.kill();
      await this.#log.beginRun();
      this.#process = await DeviceProcess.start(command, this.#log.file, this.#environment('agent'));
      const [said] = await this.waitForLog(READY_OR_NO_SOCKET, { timeoutMs: READY_TIME_LIMIT_MS });
      if (SAYS.ready.test(said)) return;
      if (performance.now() >= deadline) throw new Error(`${this.name} found no free socket: ${said}`);
    }
  }

  get isRunning(): boolean {
    return this.#process !== undefined && !this.#process.hasEnded;
  }

  /** Stops SWUpdate as an init system does: SIGTERM, then after a grace SIGKILL. */
  async stop(): Promise<void> {
    await this.#process?.stop();
    await this.#isOff();
  }

  /** Ends everything at once, in the middle of whatever it does. `start` is the next boot. */
  async cutPower(): Promise<void> {
    await this.#process?.kill();
    await this.#isOff();
  }

  /** Stops, plays the boot loader and its script after an installation, and starts again. Throws when nothing is installed. */
  async reboot(outcome: BootOutcome): Promise<void> {
    await this.#untilStateIsWritten();
    await this.stop();
    const { ustate } = await this.#bootEnvironment.read();
    if (ustate !== USTATE.installed)
      throw new Error(`${this.name} has installed nothing that could be booted: ustate is ${ustate}`);
    if (outcome === 'boots-new') this.#runningSlot = OTHER[this.#runningSlot];
    await this.#bootEnvironment.write({
      bootslot: this.#runningSlot,
      ustate: outcome === 'boot-fails' ? USTATE.failed : USTATE.testing,
    });
    await this.start();
  }

  /** SWUpdate says that it has installed before the last of its two processes has written so; who is stopped then leaves the state before. */
  async #untilStateIsWritten(): Promise<void> {
    if (this.isolation === 'none' || !SAYS.installed.test(await this.#log.ofRun())) return;
    for (const deadline = performance.now() + STATE_TIME_LIMIT_MS; ; await sleep(LOOK_AGAIN_MS)) {
      // Read beside who writes it: what cannot be read now is read again.
      const ustate = await this.#bootEnvironment.read().then(
        (read) => read['ustate'],
        () => undefined,
      );
      if (ustate === USTATE.installed || performance.now() >= deadline) return;
    }
  }

  /** The U-Boot environment. Without isolation it lacks what SWUpdate wrote since its start. */
  async printenv(): Promise<Readonly<Record<string, string>>> {
    return this.#bootEnvironment.read();
  }

  /** Writes variables of the U-Boot environment, as a boot script or a technician would; the device must be off. */
  async setenv(variables: Readonly<Record<string, string>>): Promise<void> {
    if (this.isRunning) throw new Error(`${this.name} is running: its environment has one writer`);
    await this.#bootEnvironment.write(variables);
  }

  /** The sha256 in hex of a slot, or of its first `lengthBytes`. */
  async slotHash(slot: Slot, lengthBytes?: number): Promise<string> {
    return hashOfFile(slotFiles(this.folder)[slot], lengthBytes);
  }

  /** The version in the running slot, which is what the device reports in its attribute `version`. */
  async runningVersion(): Promise<string> {
    return versionInSlot(slotFiles(this.folder)[this.#runningSlot]);
  }

  /** All that the device has printed in its life. */
  async log(): Promise<string> {
    return this.#log.whole();
  }

  /** Waits for a line since the last start (60 s unless told); rejects at once, with the log's tail, when SWUpdate ends before. */
  async waitForLog(pattern: RegExp, options?: WaitOptions): Promise<RegExpExecArray> {
    const ended = (): string | undefined =>
      this.isRunning ? undefined : `${this.name} ended (${this.#process?.end ?? 'off'})`;
    return this.#log.waitFor(pattern, ended, options);
  }

  /** Makes SWUpdate poll now instead of after its interval. */
  async pollNow(): Promise<void> {
    // swupdate-ipc ends with 0 also when nobody listens.
    if (!this.isRunning) throw new Error(`${this.name} is not running`);
    const environment = this.#environment('agent');
    await mustRun('swupdate-ipc', ['hawkbitcfg', '-t'], { environment, timeLimitMs: IPC_TIME_LIMIT_MS });
  }

  /** Has the device judge a bundle file without installing it, beside whatever runs. */
  async check(file: string): Promise<InstallVerdict> {
    return this.#once(['-c', '-i', path.resolve(file)]);
  }

  /** Installs a bundle file into the slot that does not run, as with a USB stick; the device must be off. */
  async install(file: string): Promise<InstallVerdict> {
    if (this.isRunning) throw new Error(`${this.name} is running: its slots have one writer`);
    const verdict = await this.#once(['-i', path.resolve(file)]);
    if (verdict.successful) await this.#installedWithoutBootloader();
    return verdict;
  }

  /** Repeats a run that gave no verdict: see verdictOf. */
  async #once(args: readonly string[]): Promise<InstallVerdict> {
    // SWUpdate's abstract sockets belong to the network namespace: without network, devices do not contend for them.
    const { program, args: all } = insideDevice(this, await this.#swupdate(args), false);
    const environment = this.#environment('oneShot');
    // One run in some hundred leaves a child behind that waits for ever to tell its parent, which has ended, of its errors.
    const options = { environment, timeLimitMs: ONE_SHOT_TIME_LIMIT_MS, leavesNothing: true };
    for (let run = 1; ; run++) {
      const { stdout, stderr } = await runProgram(program, all, options);
      const verdict = verdictOf(stdout + stderr);
      if (verdict !== undefined) return verdict;
      if (run === MAX_ONE_SHOT_RUNS) throw new Error(`${run} runs of SWUpdate gave no verdict:\n${stdout}${stderr}`);
      await sleep(LOOK_AGAIN_MS);
    }
  }

  /** The command line of SWUpdate for its next run; what the device reports of itself is written down now, as at a boot. */
  async #swupdate(action: readonly string[]): Promise<string[]> {
    const configFile = path.join(this.folder, 'etc', 'swupdate.cfg');
    const boot = {
      publicKeyFile: signersFile(this.folder),
      bootloader: this.isolation === 'none' ? 'none' : 'uboot',
      attributes: { version: await this.runningVersion(), slot: this.#runningSlot },
    } as const;
    await writeFile(configFile, swupdateConfig(this.#options, boot));
    const { hardware = DEFAULT_HARDWARE } = this.#options;
    const selection = `stable,${COPY_OF[OTHER[this.#runningSlot]]}`;
    return ['swupdate', '-f', configFile, '-H', hardware, '-e', selection, ...action];
  }

  #environment(use: keyof typeof SOCKET_FOLDERS): NodeJS.ProcessEnv {
    return { ...process.env, TMPDIR: path.join(this.folder, SOCKET_FOLDERS[use]) };
  }

  /** `-c` hands over the state that SWUpdate would read in U-Boot's environment itself, and then forget there. */
  async #suricattaArguments(): Promise<string> {
    if (this.isolation !== 'none') return ENABLED;
    const { ustate = USTATE.ok } = await this.#bootEnvironment.read();
    await this.#bootEnvironment.write({ ustate: USTATE.ok });
    return ustate === USTATE.ok ? ENABLED : `${ENABLED} -c ${ustate}`;
  }

  async #isOff(): Promise<void> {
    if (this.#process === undefined) return;
    this.#process = undefined;
    if (SAYS.installed.test(await this.#log.ofRun())) await this.#installedWithoutBootloader();
  }

  /** Without isolation SWUpdate keeps its environment in memory only: what it said tells what it would have written. */
  async #installedWithoutBootloader(): Promise<void> {
    if (this.isolation === 'none') await this.#bootEnvironment.write({ ustate: USTATE.installed });
  }
}
