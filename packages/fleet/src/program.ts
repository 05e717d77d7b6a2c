import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';

/** How much of a program's output is kept for an error's message: the end of it. */
const KEPT_CHARACTERS = 64 * 1024;
const STOP_GRACE_MS = 5000;

export type ProgramEnd = { readonly exitCode: number | null; readonly output: string };

/** A program of ours ended otherwise than it should; `message` holds what it printed. */
export class ProgramError extends Error {
  readonly code: 'program-failed' | 'program-not-started';
  constructor(code: ProgramError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ProgramError';
    this.code = code;
  }
}

/**
 * A child that leads a process group of its own: a Ctrl-C in the terminal does not reach it, so that we end it in our
 * order, and what it started ends with it. Disposing asks it to stop and, after a grace, kills the group.
 */
export class Program implements AsyncDisposable {
  /** Resolves when the child and all that share its output have ended; rejects where it could not be started. */
  readonly ended: Promise<ProgramEnd>;
  readonly #child: ChildProcess;
  #output = '';
  #running = true;

  constructor(args: readonly string[], env: NodeJS.ProcessEnv) {
    this.#child = spawn(process.execPath, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-KEPT_CHARACTERS);
      });
    // The last resort: whatever ends us, short of a kill -9, takes the group along, before anybody removes its files.
    const killGroup = (): void => this.#signalGroup('SIGKILL');
    process.prependOnceListener('exit', killGroup);
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', (cause) =>
        reject(new ProgramError('program-not-started', `${args.join(' ')} did not start`, { cause })),
      );
      this.#child.once('close', (exitCode) => {
        this.#running = false;
        process.off('exit', killGroup);
        resolve({ exitCode, output: this.#output });
      });
    });
    // Whoever awaits it sees the failure; until then it is nobody's unhandled rejection.
    this.ended.catch(() => undefined);
  }

  /** Of the process itself; it is that of its group too. 0 where it could not be started. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** What it has printed so far, or the end of it. */
  get output(): string {
    return this.#output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#running) return;
    this.#signalGroup('SIGTERM');
    const grace = new AbortController();
    const outOfTime = wait(STOP_GRACE_MS, 'late', { signal: grace.signal }).catch(() => 'ended');
    const end = await Promise.race([outOfTime, this.ended.then(() => 'ended')]);
    grace.abort();
    if (end === 'late') this.#signalGroup('SIGKILL');
    await this.ended;
  }

  #signalGroup(signal: NodeJS.Signals): void {
    if (this.pid === 0 || !this.#running) return;
    try {
      process.kill(-this.pid, signal);
    } catch (cause) {
      // ESRCH: the group has ended, and `close` is on its way.
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'ESRCH')) throw cause;
    }
  }
}

/** Runs a program to its end and gives what it printed; an exit code other than `expected` is a `program-failed`. */
export async function run(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { signal, expected = 0 }: { readonly signal: AbortSignal; readonly expected?: number },
): Promise<string> {
  signal.throwIfAborted();
  await using program = new Program(args, env);
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  const { exitCode, output } = await Promise.race([program.ended, aborted]);
  if (exitCode === expected) return output;
  throw new ProgramError('program-failed', `${args.join(' ')} ended with ${exitCode}\n${output}`);
}
