import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { BuildError } from './build-error.ts';

/** Which Debian package brings each program of this machine that a build or a device under QEMU needs. */
const PACKAGE_OF = {
  'apt-get': 'apt',
  'apt-cache': 'apt',
  'dpkg-deb': 'dpkg',
  tar: 'tar',
  mke2fs: 'e2fsprogs',
  debugfs: 'e2fsprogs',
  openssl: 'openssl',
  'qemu-system-aarch64': 'qemu-system-arm',
  'qemu-img': 'qemu-utils',
  setpriv: 'util-linux',
} as const;

type HostProgram = keyof typeof PACKAGE_OF;

/** An ordinary user's PATH on Debian lacks these. */
const ADMIN_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

export type ProgramRun = {
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
};

export type ProgramEnd = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

/** Refuses to begin with `program-missing`, which names the packages to install, unless all of `names` are there. */
export function requirePrograms(names: readonly HostProgram[]): void {
  const missing = names.filter((name) => findProgram(name) === undefined);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((name) => PACKAGE_OF[name]))].join(' ');
  throw new BuildError(
    'program-missing',
    `${missing.join(', ')} not found on this machine; install with: apt-get install ${packages}`,
  );
}

/** Runs a program to its end and gives its standard output; any other end than 0 is a `program-failed` with its last words. */
export async function mustRun(name: HostProgram, args: readonly string[], run: ProgramRun = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await runProgram(name, args, run);
  if (exitCode === 0) return stdout;
  throw programFailed(name, exitCode, stderr);
}

/** Runs a program to its end, whatever its exit status. A signal's end counts as -1. */
export async function runProgram(
  name: HostProgram,
  args: readonly string[],
  run: ProgramRun = {},
): Promise<ProgramEnd> {
  const child = spawn(programPath(name), args, {
    cwd: run.folder,
    // Messages are read by this program: they come in one language.
    env: { ...process.env, LC_ALL: 'C.UTF-8', ...run.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? -1));
  });
  // A program that ends without reading its input closes the pipe first; its exit status tells what happened.
  child.stdin.on('error', () => undefined);
  child.stdin.end(run.input);
  const [exitCode, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { exitCode, stdout, stderr };
}

export function programFailed(name: HostProgram, exitCode: number, stderr: string): BuildError {
  const words = stderr.trim().split('\n').slice(-6).join('\n');
  return new BuildError('program-failed', `${name} ended with ${exitCode}: ${words}`);
}

/** The absolute path of a program that `requirePrograms` has found. */
export function programPath(name: HostProgram): string {
  const found = findProgram(name);
  if (found === undefined) throw new BuildError('program-missing', `${name} is gone from this machine`);
  return found;
}

function findProgram(name: HostProgram): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  return [...folders, ...ADMIN_FOLDERS].map((folder) => path.join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  return accessible(file, constants.X_OK);
}

function accessible(file: string, mode: number): boolean {
  try {
    accessSync(file, mode);
    return true;
  } catch (error) {
    if (['ENOENT', 'EACCES', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}
