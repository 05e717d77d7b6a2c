import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Program, ProgramError } from './program.ts';

const ROOT = path.join(import.meta.dirname, '..', '..', '..');
export const LAUNCHER = path.join(ROOT, 'bin', 'updraft');
const SERVER_MAIN = path.join(ROOT, 'packages', 'server', 'src', 'main.ts');
const READY_WITHIN_MS = 10_000;
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

/** Starts `updraft serve` as a process of its own on a free loopback port and waits until it is ready. */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const { dataDir, signal, environment, nodeFlags } = options;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const user = 'admin';
  const password = randomBytes(12).toString('base64url');
  const startedAt = performance.now();
  const program = new Program(nodeFlags === undefined ? [LAUNCHER, 'serve'] : [...nodeFlags, SERVER_MAIN], {
    ...cleanEnvironment(),
    UPDRAFT_LISTEN: `127.0.0.1:${port}`,
    UPDRAFT_DATA_DIR: dataDir,
    UPDRAFT_ADMIN_USER: user,
    UPDRAFT_ADMIN_PASSWORD: password,
    ...environment,
  });
  try {
    await untilReady(url, program, signal);
  } catch (cause) {
    await program[Symbol.asyncDispose]();
    throw cause;
  }
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
}

/** Our environment without settings of Updraft: a shell that has them set shall not reach into what we start. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('UPDRAFT_')));
}

/** A port that nobody listens on just now. Between here and the server's own bind another may take it: it then says so. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

async function untilReady(url: string, program: Program, signal: AbortSignal): Promise<void> {
  const end = program.ended.then(({ exitCode, output }) => {
    throw new ProgramError('program-failed', `the server ended with ${exitCode}\n${output}`);
  });
  const deadline = AbortSignal.timeout(READY_WITHIN_MS);
  const stop = AbortSignal.any([signal, deadline]);
  try {
    await Promise.race([end, ready(url, stop)]);
  } catch (cause) {
    if (!deadline.aborted || signal.aborted) throw cause;
    const told = `the server was not ready in ${READY_WITHIN_MS / 1000} s\n${program.output}`;
    throw new ProgramError('program-failed', told, { cause });
  }
}

async function ready(url: string, signal: AbortSignal): Promise<void> {
  while (!(await isReady(url, signal))) await wait(LOOK_EVERY_MS, undefined, { signal });
}

async function isReady(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(`${url}/readyz`, { signal });
    await response.body?.cancel();
    return response.ok;
  } catch (cause) {
    // fetch says TypeError where nobody listens yet.
    if (cause instanceof TypeError) return false;
    throw cause;
  }
}
