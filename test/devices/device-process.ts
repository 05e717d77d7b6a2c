import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ENDED_STATES } from '../../reference-device/src/run/owned-process.ts';
import type { Command } from './isolation.ts';

const TERM_GRACE_MS = 5_000;
const KILL_GRACE_MS = 30_000;
const LOOK_AGAIN_MS = 10;

/** A long-running program of a device with all its children: a process group of its own, so that none of them outlives it. */
export class DeviceProcess {
  readonly #child: ChildProcess;
  readonly #pid: number;
  readonly #ended: Promise<unknown>;
  #isGone = false;

  private constructor(child: ChildProcess, pid: number) {
    this.#child = child;
    this.#pid = pid;
    this.#ended = once(child, 'exit');
  }

  /** Starts `command`, whose output is appended to `logFile`. Throws when the program cannot be started. */
  static async start(command: Command, logFile: string, environment: NodeJS.ProcessEnv): Promise<DeviceProcess> {
    const log = await open(logFile, 'a');
    try {
      const stdio: ['ignore', number, number] = ['ignore', log.fd, log.fd];
      const child = spawn(command.program, command.args, { stdio, env: environment, detached: true });
      await once(child, 'spawn');
      if (child.pid === undefined) throw new Error(`${command.program} has no process id`);
      return new DeviceProcess(child, child.pid);
    } finally {
      await log.close();
    }
  }

  get hasEnded(): boolean {
    return this.end !== undefined;
  }

  /** How the main process ended: an exit status or a signal; undefined while it runs. */
  get end(): number | NodeJS.Signals | undefined {
    return this.#child.signalCode ?? this.#child.exitCode ?? undefined;
  }

  /** Asks the main process to end, as an init system does; after a grace of 5 s, and for what it left behind, kills the group. */
  async stop(): Promise<void> {
    if (!this.hasEnded) this.#child.kill('SIGTERM');
    await this.#groupIsEmpty(TERM_GRACE_MS);
    await this.kill();
  }

  /** Ends all at once, as a power cut does. */
  async kill(): Promise<void> {
    // A number that is free again may belong to somebody else's group.
    if (this.#isGone) return;
    signalGroup(this.#pid, 'SIGKILL');
    if (await this.#groupIsEmpty(KILL_GRACE_MS)) return;
    throw new Error(`process group ${this.#pid} is still there after SIGKILL`);
  }

  async #groupIsEmpty(timeLimitMs: number): Promise<boolean> {
    const deadline = performance.now() + timeLimitMs;
    while (!this.#isGone) {
      this.#isGone = !signalGroup(this.#pid, 0) || (await livingMembers(this.#pid)).length === 0;
      if (!this.#isGone && performance.now() >= deadline) return false;
      if (!this.#isGone) await sleep(LOOK_AGAIN_MS);
    }
    await this.#ended;
    return true;
  }
}

/** False when no process of the group is left, not even a zombie. Signal 0 only asks. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/**
 * The group without its zombies, which stay for ever in a container whose first process reaps no orphans, and without one that is
 * just being collected (state X).
 */
async function livingMembers(group: number): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const living = await Promise.all(pids.map((pid) => isLivingMember(pid, group)));
  return pids.filter((_, index) => living[index]);
}

async function isLivingMember(pid: string, group: number): Promise<boolean> {
  try {
    // proc(5): "pid (name) state ppid pgrp …"; the name may hold anything, hence the last bracket.
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return !ENDED_STATES.has(state ?? '') && Number(pgrp) === group;
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}
