import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

export const LAUNCHER = path.join(import.meta.dirname, '..', '..', '..', 'bin', 'updraft');

const execute = promisify(execFile);
const TIME_LIMIT_MS = 600_000;
const OUTPUT_MAX_BYTES = 16 * 1024 ** 2;

/** Runs a program to its end; rejects, with what it printed, unless that is 0. */
export async function runProgram(program: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  await execute(program, args, { signal, timeout: TIME_LIMIT_MS, maxBuffer: OUTPUT_MAX_BYTES });
}

export async function runUpdraft(args: readonly string[], signal: AbortSignal): Promise<void> {
  await runProgram(process.execPath, [LAUNCHER, ...args], signal);
}
