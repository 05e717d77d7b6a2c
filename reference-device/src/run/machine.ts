import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { Console } from './console.ts';
import type { MachineSettings } from './machine-settings.ts';
import { tellMonitor } from './monitor.ts';
import { MONITOR_SOCKET, NETWORK_CARD, QEMU_PROGRAM, qemuArguments } from './qemu-arguments.ts';

/** prctl(2), PR_SET_PDEATHSIG: whoever started QEMU takes it along, even when it is killed. */
const DIES_WITH_ITS_OWNER = ['--pdeathsig', 'KILL', '--'];
const KEPT_COMPLAINT_CHARACTERS = 4096;
/** sockaddr_un holds 107 bytes and an end. */
const SOCKET_PATH_MAX_BYTES = 107;

/** QEMU could not be started, or a command needs a machine that is on. */
export class MachineError extends Error {
  readonly code: 'machine-not-started' | 'machine-off' | 'machine-on' | 'machine-folder-too-long';
  constructor(code: MachineError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MachineError';
    this.code = code;
  }
}

/**
 * One device: a QEMU process with its disk, its console and its network, which may be switched on and off again. It owns that
 * process, which ends with it and with this process.
 *
 *     await using machine = await Machine.create({ folder, disk, factoryImage });
 *     await machine.switchOn();
 *     await machine.console.waitFor(/^UPDRAFT up/m, { timeLimitMs: 120_000 });
 *     await machine.pullPower();
 */
export class Machine implements AsyncDisposable {
  readonly console: Console;
  readonly #folder: string;
  #settings: MachineSettings;
  #child: ChildProcess | undefined;
  #ended: Promise<string> = Promise.resolve('it was never switched on');
  #complaint = '';

  private constructor(settings: MachineSettings) {
    this.#settings = settings;
    this.#folder = settings.folder;
    this.console = new Console(path.join(settings.folder, 'console.log'));
  }

  /** A machine that is off. Makes its folder where it is missing. */
  static async create(settings: MachineSettings): Promise<Machine> {
    await mkdir(settings.folder, { recursive: true });
    const socket = path.join(settings.folder, MONITOR_SOCKET);
    if (Buffer.byteLength(socket) > SOCKET_PATH_MAX_BYTES)
      throw new MachineError('machine-folder-too-long', `${socket} is too long for the path of a socket`);
    return new Machine(settings);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pullPower();
    await this.console[Symbol.asyncDispose]();
  }

  get isOn(): boolean {
    return this.#child !== undefined;
  }

  /** Of QEMU; undefined while the machine is off. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when the machine is off, and says how it ended. */
  get ended(): Promise<string> {
    return this.#ended;
  }

  /** Switches it on, with these changes to its settings from now on. Resolves when QEMU runs. */
  async switchOn(changes: Partial<Omit<MachineSettings, 'folder'>> = {}): Promise<void> {
    if (this.isOn) throw new MachineError('machine-on', 'the machine is on already');
    this.#settings = { ...this.#settings, ...changes };
    await rm(path.join(this.#folder, MONITOR_SOCKET), { force: true });
    const command = [...DIES_WITH_ITS_OWNER, QEMU_PROGRAM, ...qemuArguments(this.#settings)];
    const child = spawn('setpriv', command, { cwd: this.#folder, stdio: ['pipe', 'pipe', 'pipe'] });
    await once(child, 'spawn').catch((cause: unknown) => {
      throw new MachineError('machine-not-started', `${QEMU_PROGRAM} could not be started`, { cause });
    });
    this.#child = child;
    this.#complaint = '';
    this.console.open();
    this.#ended = this.#follow(child);
  }

  /** The plug is pulled: what the guest has not flushed is lost. Resolves when the machine is off; it may be off before. */
  async pullPower(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }

  /** What a person types; a line ends with "\r". */
  type(text: string): void {
    if (this.#child === undefined) throw new MachineError('machine-off', 'nobody reads what is typed');
    this.#child.stdin?.write(text);
  }

  /** The cable is pulled: connections hang, and new ones come to nothing. */
  async cutNetwork(): Promise<void> {
    await this.#tell('set_link', { name: NETWORK_CARD, up: false });
  }

  async mendNetwork(): Promise<void> {
    await this.#tell('set_link', { name: NETWORK_CARD, up: true });
  }

  /** The reset button. */
  async reset(): Promise<void> {
    await this.#tell('system_reset', {});
  }

  async #tell(command: string, options: Readonly<Record<string, unknown>>): Promise<void> {
    if (!this.isOn) throw new MachineError('machine-off', `"${command}" needs a machine that is on`);
    await tellMonitor(path.join(this.#folder, MONITOR_SOCKET), command, options);
  }

  async #follow(child: ChildProcess): Promise<string> {
    child.stdout?.setEncoding('latin1').on('data', (text: string) => this.console.write(text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-KEPT_COMPLAINT_CHARACTERS);
    });
    // A machine that ends while it is typed to is told of by its end.
    child.stdin?.on('error', () => undefined);
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    this.#child = undefined;
    const told = `the machine ended (${signal ?? code})${this.#complaint === '' ? '' : `: ${this.#complaint.trim()}`}`;
    this.console.close(told);
    return told;
  }
}
