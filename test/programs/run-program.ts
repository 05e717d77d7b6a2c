import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

const DEFAULT_TIME_LIMIT_MS = 60_000;

export type ProgramOptions = {
  readonly timeLimitMs?: number;
  readonly input?: string | Buffer;
  readonly folder?: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** It gets a process group of its own, which is killed as soon as it has ended: what it left behind may hold its output open for ever. */
  readonly leavesNothing?: boolean;
};

/** `exitCode` is undefined when a signal ended the program. */
export type ProgramResult = {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
};

export class ProgramError extends Error {
  readonly code: 'program-not-started' | 'program-out-of-time' | 'program-failed';
  constructor(code: ProgramError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ProgramError';
    this.code = code;
  }
}

/** Runs a program that must end with 0 and gives its standard output; anything else is a `program-failed` with its words. */
export async function mustRun(program: string, args: readonly string[], options: ProgramOptions = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await runProgram(program, args, options);
  if (exitCode === 0) return stdout;
  throw new ProgramError('program-failed', `${program} ${args.join(' ')} ended with ${exitCode}\n${stdout}${stderr}`);
}

/**
 * Runs a program to its end, whatever its exit status, and gives what it printed.
 * Throws `program-not-started`, or `program-out-of-time` after `timeLimitMs` (60 s unless told), when it is killed.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  const { timeLimitMs = DEFAULT_TIME_LIMIT_MS, leavesNothing = false } = options;
  const child = spawn(program, args, {
    cwd: options.folder,
    env: options.environment ?? process.env,
    detached: leavesNothing,
  });
  const end = () => (leavesNothing ? endGroup(child.pid) : child.kill('SIGKILL'));
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    end();
    // Whoever still holds them is not waited for.
    child.stdout.destroy();
    child.stderr.destroy();
  }, timeLimitMs);
  if (leavesNothing) child.on('exit', end);
  // A program that ends without reading its input closes the pipe first; its exit status tells what happened.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input);
  try {
    const [stdout, stderr] = await Promise.all([textOf(child.stdout), textOf(child.stderr), once(child, 'close')]);
    if (late) throw new Error('it was killed');
    return { exitCode: child.exitCode ?? undefined, stdout, stderr };
  } catch (cause) {
    if (late) throw new ProgramError('program-out-of-time', `${program} took longer than ${timeLimitMs} ms`, { cause });
    if (child.pid !== undefined) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw new ProgramError('program-not-started', `${program} could not be run: ${code}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

async function textOf(output: Readable): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of output) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

/** What is left of a process group, if anything. */
function endGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
