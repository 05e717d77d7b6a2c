import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as setTimer } from 'node:timers';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { SAYS, verdictOf } from '../../../test/devices/swupdate-words.ts';
import { programsOrSkip } from '../../../test/programs/debian.ts';

type RealProgram = 'swupdate' | 'openssl' | 'cpio';

/** Skips the test where a program is missing, with a line that says which package to install; with CI=true that fails instead. */
export function needsPrograms(context: TestContext, ...programs: RealProgram[]): boolean {
  return programsOrSkip(context, programs) !== undefined;
}

type Started = { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly detached?: boolean };

function start(program: RealProgram, args: readonly string[], options: Started): ChildProcessWithoutNullStreams {
  return spawn(program, args, { ...options, stdio: 'pipe' });
}

const run = promisify(execFile);

export async function openssl(folder: string, args: readonly string[]): Promise<string> {
  return (await run('openssl', args, { cwd: folder })).stdout;
}

/** cpio(1) packs these files of a folder, in this order. */
export async function packWithCpio(folder: string, names: readonly string[], format: 'crc' | 'newc'): Promise<Buffer> {
  const child = start('cpio', ['-o', '-L', '--quiet', '-H', format], { cwd: folder });
  child.stdin.end(names.map((name) => `${name}\n`).join(''));
  const pieces: Buffer[] = [];
  for await (const piece of child.stdout) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** What the real program says of a bundle; `log` are its own words, which decide: its exit status does not. */
export type RealVerdict = { readonly good: boolean; readonly log: string };

const SWUPDATE_SECONDS = 20;
/** For what its other processes have to say after the first has ended. */
const LAST_WORDS_MILLISECONDS = 2000;

const MAX_RUNS = 8;
const SOCKET_WAIT_SECONDS = 60;
const SOCKET_RETRY_MILLISECONDS = 200;

/** It ends before it looks at the bundle: the certificates that it was given are none that it can use. */
const NO_USE = /Error loading certificate/;

/**
 * Runs the real SWUpdate; `args` as -c -i FILE -k CERT. It is judged by its words, and asked again where these
 * contradict each other or it died at its start; one that never comes to a verdict has not accepted the bundle. No more
 * than eleven run at once on a host: the twelfth waits here.
 */
export async function runSwupdate(args: readonly string[]): Promise<RealVerdict> {
  const until = Date.now() + SOCKET_WAIT_SECONDS * 1000;
  let log = '';
  for (let runs = 0; runs < MAX_RUNS;) {
    log = await runSwupdateOnce(args);
    const verdict = verdictOf(log);
    if (verdict !== undefined) return { good: verdict.successful, log };
    if (NO_USE.test(log)) return { good: false, log };
    if (!SAYS.noFreeSocket.test(log)) runs += 1;
    else if (Date.now() > until) throw new Error(`swupdate found no free notifier socket:\n${log}`);
    await setTimeout(SOCKET_RETRY_MILLISECONDS);
  }
  return { good: false, log };
}

/**
 * With an own TMPDIR: there it makes its sockets and unpacks files. It works in processes of its own, of which one may wait for ever
 * for another run's notifier socket and hold our pipe: they are a group, which ends soon after the first of them.
 */
async function runSwupdateOnce(args: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'su-'));
  try {
    const child = start('swupdate', ['-v', ...args], { env: { ...process.env, TMPDIR: folder }, detached: true });
    child.stdin.end();
    const pieces: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => void pieces.push(piece));
    const timer = setTimer(() => killGroup(child), SWUPDATE_SECONDS * 1000);
    let rest: NodeJS.Timeout | undefined;
    child.once('exit', () => (rest = setTimer(() => killGroup(child), LAST_WORDS_MILLISECONDS)));
    await new Promise((resolve) => child.once('close', resolve));
    for (const one of [timer, rest]) clearTimeout(one);
    return Buffer.concat(pieces).toString('latin1');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function killGroup({ pid }: ChildProcessWithoutNullStreams): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // All of them have ended.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
