import { execFile } from 'node:child_process';

const DEFAULT_TIME_LIMIT_MS = 30_000;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

export type ProgramOptions = {
  readonly timeLimitMs?: number;
  readonly input?: string | Buffer;
  readonly folder?: string;
  readonly environment?: NodeJS.ProcessEnv;
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
 * Throws `program-not-started`, or `program-out-of-time` after `timeLimitMs` (30 s unless told), when it is killed.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  const timeLimitMs = options.timeLimitMs ?? DEFAULT_TIME_LIMIT_MS;
  const abort = AbortSignal.timeout(timeLimitMs);
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      args,
      {
        cwd: options.folder,
        env: options.environment ?? process.env,
        maxBuffer: MAX_OUTPUT_BYTES,
        signal: abort,
        killSignal: 'SIGKILL',
      },
      (cause, stdout, stderr) => {
        if (abort.aborted)
          reject(new ProgramError('program-out-of-time', `${program} took longer than ${timeLimitMs} ms`, { cause }));
        else if (cause !== null && typeof cause.code === 'string')
          reject(new ProgramError('program-not-started', `${program} could not be run: ${cause.code}`, { cause }));
        else resolve({ exitCode: child.exitCode ?? undefined, stdout, stderr });
      },
    );
    // A program that ends without reading its input closes the pipe first; its exit status tells what happened.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input);
  });
}
