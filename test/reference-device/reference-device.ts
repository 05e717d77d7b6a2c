import assert from 'node:assert/strict';
import type { FactoryIdentity, FactoryPolicy } from '../../reference-device/src/image/factory-image.ts';
import type { Machine } from '../../reference-device/src/run/machine.ts';
import type { BuildRecipe } from './built-images.ts';

/** A boot takes 6 s here and an update 40; QEMU translates each instruction, so that a machine with other work takes many times as long. */
export const STEP_LIMIT_MS = 400_000;

export type NewReferenceDevice = {
  /** What stands in the slot that does not run; nothing unless told. */
  readonly slotB?: BuildRecipe;
  readonly name?: string;
  readonly policy?: FactoryPolicy;
  /** Whose bundles it takes, in PEM; the lab's own unless told. */
  readonly bundleCertificatePem?: string;
  /** The server as the device reaches it; the lab's own unless told. */
  readonly serverUrl?: string;
  /** It shows this certificate, and has no token. */
  readonly client?: FactoryIdentity['client'];
  readonly bundleAesKey?: string;
  readonly address?: FactoryIdentity['address'];
};

/** What runs, as the device's console tells it at each boot. */
export type Running = { readonly slot: string; readonly version: string };

/** A machine with the reference image: what its console says, in the words that are promised, and a shell behind it. */
export class ReferenceDevice {
  readonly name: string;
  readonly machine: Machine;
  #commands = 0;

  constructor(name: string, machine: Machine) {
    this.name = name;
    this.machine = machine;
  }

  /** Switches it on and waits until its agent runs; gives what does. */
  async boot(): Promise<Running> {
    await this.machine.switchOn();
    return this.untilAgent();
  }

  /** Where the console stands; what comes after it is new. */
  get now(): number {
    return this.machine.console.position;
  }

  /** Waits for a line that begins with `UPDRAFT ` and these words. */
  async says(words: string | RegExp, from?: number): Promise<RegExpExecArray> {
    const source = typeof words === 'string' ? RegExp.escape(words) : words.source;
    const line = new RegExp(`UPDRAFT ${source}`, 'm');
    return this.machine.console.waitFor(line, { timeLimitMs: STEP_LIMIT_MS, ...(from === undefined ? {} : { from }) });
  }

  /** Waits until the agent was started after a boot that nothing interrupted; gives what runs. */
  async untilAgent(from?: number): Promise<Running> {
    const [, slot = '', version = ''] = await this.says(
      /up slot=(\w) version=(\S+) boot=\S+(?:(?!UPDRAFT boot )[^])*UPDRAFT agent started/,
      from,
    );
    return { slot, version };
  }

  /** Runs a line in the shell of the console; gives what it printed. Rejects where it ended otherwise than with 0. */
  async shell(command: string): Promise<string> {
    this.#commands += 1;
    const from = this.now;
    const mark = this.#commands;
    // The marks are written in two parts, so that the echo of the line is not taken for them.
    this.machine.type(`\recho "beg""in-${mark}"; ${command}; echo "en""d-${mark}=$?"\r`);
    const end = new RegExp(`^begin-${mark}\n([^]*?)end-${mark}=(\\d+)`, 'm');
    const [, printed = '', status] = await this.machine.console.waitFor(end, { timeLimitMs: STEP_LIMIT_MS, from });
    assert.equal(status, '0', `"${command}" ended with ${status}: ${printed}`);
    // What services say on the console meanwhile is not the answer.
    return printed.replace(/^(UPDRAFT .*)?\n/gm, '').trim();
  }
}
