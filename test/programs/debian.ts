import { accessSync, constants, readdirSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { ProgramError, runProgram } from './run-program.ts';

/** Which Debian package brings each program that our tests run, and the firmware that QEMU runs. */
const PACKAGE_OF = {
  swupdate: 'swupdate',
  'swupdate-ipc': 'swupdate',
  fw_printenv: 'libubootenv-tool',
  fw_setenv: 'libubootenv-tool',
  openssl: 'openssl',
  curl: 'curl',
  busybox: 'busybox-static',
  cpio: 'cpio',
  initdb: 'postgresql',
  postgres: 'postgresql',
  chromium: 'chromium',
  'qemu-system-aarch64': 'qemu-system-arm',
  'qemu-img': 'qemu-utils',
  'qemu-io': 'qemu-utils',
  'u-boot.bin': 'u-boot-qemu',
  mkimage: 'u-boot-tools',
  mkenvimage: 'u-boot-tools',
  mke2fs: 'e2fsprogs',
  sfdisk: 'fdisk',
  genimage: 'genimage',
  zstd: 'zstd',
  zck: 'zchunk',
  zck_read_header: 'zchunk',
  dtc: 'device-tree-compiler',
} as const;

export type ProgramName = keyof typeof PACKAGE_OF;

/** Debian keeps a server's programs out of PATH so that several major versions stand side by side. */
const POSTGRESQL_ROOT = '/usr/lib/postgresql';
/** U-Boot for QEMU's arm64 machine: read by QEMU, run by no one here. */
const U_BOOT_FOLDER = '/usr/lib/u-boot/qemu_arm64';
/** An ordinary user's PATH on Debian lacks these. */
const ADMIN_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];
const INSTALL_TIME_LIMIT_SECONDS = 240;
/** Seconds; another apt may be at work. */
const WAIT_FOR_LOCK = 'DPkg::Lock::Timeout=60';

/** What any test of ours may run, so that none depends on what a machine happened to have. */
export const ALL_PROGRAMS = Object.keys(PACKAGE_OF) as readonly ProgramName[];

/**
 * Installs the Debian packages of `names` that are missing, when this user is root and apt-get works; else changes nothing.
 * Gives one line that says what was done or what is missing, or undefined when all was there. Never throws for a missing package.
 */
export async function installMissingPrograms(
  names: readonly ProgramName[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const packages = missingPackages(names, environment);
  if (packages.length === 0) return undefined;
  const aptGet = findInFolders('apt-get', pathFolders(environment));
  if (process.getuid?.() !== 0 || aptGet === undefined)
    return `missing Debian packages, and no right to install them: ${packages.join(' ')}`;
  const deadlineMs = Date.now() + INSTALL_TIME_LIMIT_SECONDS * 1000;
  const reason = await aptInstall(packages, { aptGet, environment, deadlineMs });
  const stillMissing = missingPackages(names, environment);
  if (stillMissing.length === 0) return `installed Debian packages: ${packages.join(' ')}`;
  return `missing Debian packages: ${stillMissing.join(' ')} (${reason ?? 'installed, yet their programs are not there'})`;
}

/**
 * The gate of a test that runs real programs: their absolute paths, or undefined after it has skipped the test with one line
 * that names the missing Debian packages. With CI=true it throws instead, so that a journey cannot be lost unseen.
 *
 *     const programs = programsOrSkip(t, ['swupdate', 'openssl']);
 *     if (programs === undefined) return;
 */
export function programsOrSkip<Name extends ProgramName>(
  t: Pick<TestContext, 'skip'>,
  names: readonly Name[],
  environment: NodeJS.ProcessEnv = process.env,
): Readonly<Record<Name, string>> | undefined {
  const packages = missingPackages(names, environment);
  if (packages.length > 0) {
    const line = `missing Debian packages: ${packages.join(' ')}`;
    if (environment['CI'] === 'true') throw new Error(line);
    t.skip(line);
    return undefined;
  }
  // Every name is found: missingPackages would have listed its package otherwise.
  return Object.fromEntries(names.map((name) => [name, findProgram(name, environment)])) as Record<Name, string>;
}

/** The absolute path of a program, or undefined. Of several PostgreSQL versions the highest is taken. */
export function findProgram(name: ProgramName, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  if (PACKAGE_OF[name] === 'u-boot-qemu') return findInFolders(name, [U_BOOT_FOLDER], constants.R_OK);
  const folders = PACKAGE_OF[name] === 'postgresql' ? postgresqlFolders() : pathFolders(environment);
  return findInFolders(name, folders);
}

function missingPackages(names: readonly ProgramName[], environment: NodeJS.ProcessEnv): string[] {
  const missing = names.filter((name) => findProgram(name, environment) === undefined);
  return [...new Set(missing.map((name) => PACKAGE_OF[name]))];
}

function postgresqlFolders(): string[] {
  try {
    const versions = readdirSync(POSTGRESQL_ROOT).filter((entry) => /^\d+$/.test(entry));
    return versions
      .toSorted((a, b) => Number(b) - Number(a))
      .map((version) => path.join(POSTGRESQL_ROOT, version, 'bin'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function pathFolders(environment: NodeJS.ProcessEnv): string[] {
  const folders = (environment['PATH'] ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  return [...folders, ...ADMIN_FOLDERS];
}

function findInFolders(name: string, folders: readonly string[], mode = constants.X_OK): string | undefined {
  return folders.map((folder) => path.join(folder, name)).find((file) => isAccessible(file, mode));
}

function isAccessible(file: string, mode: number): boolean {
  try {
    accessSync(file, mode);
    return true;
  } catch (error) {
    if (['ENOENT', 'EACCES', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

type Apt = { readonly aptGet: string; readonly environment: NodeJS.ProcessEnv; readonly deadlineMs: number };

/** Package lists are fetched only after a first failure: a fresh machine has none, another one need not wait for them. */
async function aptInstall(packages: readonly string[], apt: Apt): Promise<string | undefined> {
  const install = ['install', '-y', '--no-install-recommends', '-o', WAIT_FOR_LOCK, ...packages];
  const firstFailure = await runApt(install, apt);
  if (firstFailure === undefined) return undefined;
  return (await runApt(['update'], apt)) ?? (await runApt(install, apt));
}

/** Gives the last line of apt-get's complaint, or undefined when it succeeded. */
async function runApt(args: readonly string[], apt: Apt): Promise<string | undefined> {
  const timeLimitMs = apt.deadlineMs - Date.now();
  if (timeLimitMs <= 0) return 'no time left for apt-get';
  try {
    const environment = { ...apt.environment, DEBIAN_FRONTEND: 'noninteractive' };
    const { exitCode, stderr } = await runProgram(apt.aptGet, args, { timeLimitMs, environment });
    return exitCode === 0 ? undefined : `apt-get ${args[0]}: ${stderr.trim().split('\n').at(-1)}`;
  } catch (error) {
    if (error instanceof ProgramError) return error.message;
    throw error;
  }
}
