import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { mustRun, runProgram, type ProgramResult } from '../programs/run-program.ts';
import { programsOrSkip } from '../programs/debian.ts';

const ROOT = path.join(import.meta.dirname, '..', '..', 'reference-device', 'rootfs');
const PROGRAMS = path.join(ROOT, 'usr', 'lib', 'updraft');
const SECTOR_BYTES = 512;
const TIME_LIMIT_MS = 60_000;
const NEEDED = ['busybox', 'fw_printenv', 'fw_setenv', 'mkenvimage', 'openssl'] as const;

export type GuestOptions = {
  readonly slot?: 'a' | 'b';
  readonly trial?: boolean;
  readonly identity?: Readonly<Record<string, string>>;
  readonly policy?: Readonly<Record<string, string | number>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Of this system, in seconds since 1970. */
  readonly buildTime?: number;
  /** What the clock shows at first, in seconds since 1970; the machine's time unless told. */
  readonly clock?: number;
  /** Checks of health by their names, and whether they pass; one that passes unless told. */
  readonly checks?: Readonly<Record<string, boolean>>;
  readonly caFile?: string;
};

/** The device's scripts at places of their own on this machine, run by the shell that runs them there. */
export class GuestPlaces implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Undefined after the test was skipped because a program is missing. */
  static async make(t: TestContext, options: GuestOptions = {}): Promise<GuestPlaces | undefined> {
    if (programsOrSkip(t, NEEDED) === undefined) return undefined;
    const guest = new GuestPlaces(await mkdtemp(path.join(os.tmpdir(), 'guest-')));
    for (const name of ['run', 'data/updraft', 'factory', 'configuration/health.d'])
      await mkdir(guest.at(name), { recursive: true });
    await guest.#writeFacts(options);
    await guest.#writeChecks(options.checks ?? { fine: true });
    await guest.#makeEnvironment({ slot: 'a', ...options.environment });
    return guest;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  at(name: string): string {
    return path.join(this.folder, name);
  }

  async read(name: string): Promise<string> {
    return readFile(this.at(name), 'utf8');
  }

  /** Runs a program of the device by its name. */
  async run(program: string, ...args: readonly string[]): Promise<ProgramResult> {
    return this.#shell([path.join(PROGRAMS, program), ...args]);
  }

  /** Runs words of shell with those files of the device sourced. */
  async sourced(files: readonly string[], words: string): Promise<ProgramResult> {
    return this.#shell(['-c', `${files.map((file) => `. ${path.join(PROGRAMS, file)}`).join('; ')}; ${words}`]);
  }

  /** What was said at the console, line by line. */
  async said(): Promise<string[]> {
    return (await this.read('console')).split('\n').filter((line) => line !== '');
  }

  async environment(copy: 'env' | 'env2' = 'env'): Promise<Record<string, string>> {
    const printed = await mustRun('fw_printenv', ['-c', this.at(`${copy}.config`), '-f', '/nonexistent']);
    return Object.fromEntries(printed.split('\n').flatMap((line) => pairIn(line)));
  }

  /** As a sector that was cut while it was written. */
  async tear(copy: 'env' | 'env2'): Promise<void> {
    const bytes = await readFile(this.at(copy));
    await writeFile(this.at(copy), bytes.fill(0xff, 40));
  }

  async #shell(args: readonly string[]): Promise<ProgramResult> {
    return runProgram('busybox', ['sh', ...args], { timeLimitMs: TIME_LIMIT_MS, environment: this.#places() });
  }

  #places(): NodeJS.ProcessEnv {
    return {
      PATH: `${process.env['PATH']}:/usr/sbin:/sbin`,
      PROGRAMS,
      RUN: this.at('run'),
      DATA: this.at('data'),
      FACTORY: this.at('factory'),
      CONFIGURATION: this.at('configuration'),
      RELEASE: this.at('release'),
      COMMAND_LINE: this.at('cmdline'),
      ENVIRONMENT: this.at('env.config'),
      ENVIRONMENT_MIRROR: this.at('env2.config'),
      CONSOLE: this.at('console'),
      CLOCK: this.at('clock'),
      RESTART: this.at('restart'),
    };
  }

  async #writeFacts(options: GuestOptions): Promise<void> {
    const { slot = 'a', trial = false, identity = {}, policy = {}, buildTime = 1_700_000_000, clock } = options;
    const now = clock ?? Math.floor(Date.now() / 1000);
    await writeFile(
      this.at('cmdline'),
      `root=PARTLABEL=slot-${slot} ro updraft.slot=${slot} updraft.trial=${trial ? 1 : 0}\n`,
    );
    await writeFile(this.at('release'), `VERSION=2.0.0\nBUILD_TIME=${buildTime}\n`);
    await writeFile(this.at('factory/identity'), lines(identity));
    await writeFile(this.at('factory/policy'), lines(policy));
    if (options.caFile !== undefined) await writeFile(this.at('factory/ca.pem'), await readFile(options.caFile));
    await writeFile(this.at('time'), `${now}\n`);
    await writeFile(this.at('console'), '');
    await this.#program(
      'clock',
      `case $1 in -s) echo "\${2#@}" >${this.at('time')} ;; *) cat ${this.at('time')} ;; esac`,
    );
    // The device's own ends with its processes; here it ends who asked for it.
    await this.#program('restart', `echo restart >>${this.at('console')}; kill "$PPID"`);
  }

  async #writeChecks(checks: Readonly<Record<string, boolean>>): Promise<void> {
    for (const [name, passes] of Object.entries(checks))
      await this.#program(`configuration/health.d/${name}`, passes ? 'exit 0' : 'exit 1');
  }

  async #program(name: string, words: string): Promise<void> {
    await writeFile(this.at(name), `#!/bin/sh\n${words}\n`);
    await chmod(this.at(name), 0o755);
  }

  async #makeEnvironment(variables: Readonly<Record<string, string>>): Promise<void> {
    await writeFile(this.at('initial'), lines(variables));
    for (const copy of ['env', 'env2']) {
      await mustRun('mkenvimage', ['-s', `${SECTOR_BYTES}`, '-p', '0', '-o', this.at(copy), this.at('initial')]);
      await writeFile(this.at(`${copy}.config`), `${this.at(copy)} 0x0 0x${SECTOR_BYTES.toString(16)}\n`);
    }
  }
}

function pairIn(line: string): [string, string][] {
  const at = line.indexOf('=');
  return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
}

function lines(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
