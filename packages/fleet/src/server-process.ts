import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Program, ProgramError } from './program.ts';

const ROOT = path.join(import.meta.dirname, '..', '..', '..');
export const LAUNCHER = path.join(ROOT, 'bin', 'updraft');
const SERVER_MAIN = path.join(ROOT, 'packages', 'server', 'src', 'main.ts');
const READY_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 10;

export type ServerProcessOptions = {
  readonly dataDir: string;
  readonly signal: AbortSignal;
  /** Settings beside those that are made up here, such as `UPDRAFT_DATABASE_URL`. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Runs the server's main file under these flags of Node, without the launcher, so that `pid` is the server itself. */
  readonly nodeFlags?: readonly string[];
};

export type ServerProcess = AsyncDisposable & {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Value of the `Authorization` header of that user. */
  readonly authorization: string;
  readonly pid: number;
  /** From the start of the process to the first 200 of `/readyz`. */
  readonly readyAfterMs: number;
  /** What it has printed, or the end of it. */
  output(): string;
};

/** Starts `updraft serve` as a process of its own on a loopback port that is free and waits until it is ready. */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const { dataDir, signal, environment, nodeFlags } = options;
  const user = 'admin';
  const password = randomBytes(12).toString('base64url');
  const startedAt = performance.now();
  const program = new Program(nodeFlags === undefined ? [LAUNCHER, 'serve'] : [...nodeFlags, SERVER_MAIN], {
    ...cleanEnvironment(),
    UPDRAFT_LISTEN: '127.0.0.1:0',
    UPDRAFT_DATA_DIR: dataDir,
    UPDRAFT_ADMIN_USER: user,
    UPDRAFT_ADMIN_PASSWORD: password,
    ...environment,
  });
  try {
    const url = await untilReady(program, signal);
    return {
      url,
      user,
      password,
      authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
      pid: program.pid,
      readyAfterMs: performance.now() - startedAt,
      output: () => program.output,
      [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
    };
  } catch (cause) {
    await program[Symbol.asyncDispose]();
    throw cause;
  }
}

/** Our environment without settings of Updraft: a shell that has them set shall not reach into what we start. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('UPDRAFT_')));
}

async function untilReady(program: Program, signal: AbortSignal): Promise<string> {
  const end = program.ended.then(({ exitCode, output }) => {
    throw new ProgramError('program-failed', `the server ended with ${exitCode}\n${output}`);
  });
  const deadline = AbortSignal.timeout(READY_WITHIN_MS);
  const over = new AbortController();
  try {
    return await Promise.race([end, ready(program, AbortSignal.any([signal, deadline, over.signal]))]);
  } catch (cause) {
    if (!deadline.aborted || signal.aborted) throw cause;
    const told = `the server was not ready in ${READY_WITHIN_MS / 1000} s\n${program.output}`;
    throw new ProgramError('program-failed', told, { cause });
  } finally {
    // A server that has ended is not asked any longer.
    over.abort();
  }
}

/** The server says which port it was given; where it listens is asked until it is ready. */
async function ready(program: Program, signal: AbortSignal): Promise<string> {
  for (;;) {
    const url = /listens on (http\S+)/.exec(program.output)?.[1];
    if (url !== undefined && (await isReady(url, signal))) return url;
    await wait(LOOK_EVERY_MS, undefined, { signal });
  }
}

async function isReady(url: string, signal: AbortSignal): Promise<boolean> {
  const response = await fetch(`${url}/readyz`, { signal });
  await response.body?.cancel();
  return response.ok;
}
