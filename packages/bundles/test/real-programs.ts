import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as setTimer } from 'node:timers';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';

/** The Debian package that brings each program that the tests run. */
const PACKAGES = { swupdate: 'swupdate', openssl: 'openssl', cpio: 'cpio' } as const;

export type RealProgram = keyof typeof PACKAGES;

/** Skips the test where a program is missing, with a line that says which package to install; with CI=true that fails instead. */
export function needsPrograms(context: TestContext, ...programs: RealProgram[]): boolean {
  const missing = programs.filter((program) => !isInstalled(program));
  if (missing.length === 0) return true;
  const line = `install the Debian packages: ${missing.map((program) => PACKAGES[program]).join(' ')}`;
  if (process.env['CI'] === 'true') throw new Error(line);
  context.skip(line);
  return false;
}

function isInstalled(program: RealProgram): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => isExecutable(join(folder, program)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return false;
  }
}

type Started = { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv };

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

const SWUPDATE_CRASHES = 4;
const SOCKET_WAIT_SECONDS = 60;
const SOCKET_RETRY_MILLISECONDS = 200;

/**
 * Runs the real SWUpdate; `args` as -c -i FILE -k CERT. It is judged by its words. Debian's sometimes dies at its
 * start: one that crashes each time has not accepted the bundle. No more than
 * eleven run at once on a host, whatever their TMPDIR (a notifier socket of theirs is named in the kernel): the twelfth waits here.
 */
export async function runSwupdate(args: readonly string[]): Promise<RealVerdict> {
  const until = Date.now() + SOCKET_WAIT_SECONDS * 1000;
  for (let crashes = 0; ;) {
    const log = await runSwupdateOnce(args);
    if (log.includes('SWUPDATE successful !')) return { good: true, log };
    if (/Image invalid or corrupted|Installation failed|Error loading certificate/.test(log))
      return { good: false, log };
    if (!log.includes('Error binding notifier socket') && ++crashes === SWUPDATE_CRASHES) return { good: false, log };
    if (Date.now() > until) throw new Error(`swupdate found no free notifier socket:\n${log}`);
    await setTimeout(SOCKET_RETRY_MILLISECONDS);
  }
}

/** With an own TMPDIR: there it makes its sockets and unpacks files. */
async function runSwupdateOnce(args: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'su-'));
  try {
    const child = start('swupdate', ['-v', ...args], { env: { ...process.env, TMPDIR: folder } });
    child.stdin.end();
    const pieces: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => void pieces.push(piece));
    const timer = setTimer(() => child.kill('SIGKILL'), SWUPDATE_SECONDS * 1000);
    await new Promise((resolve) => child.once('close', resolve));
    clearTimeout(timer);
    return Buffer.concat(pieces).toString('latin1');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
