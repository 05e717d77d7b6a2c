import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BuildError } from './build-error.ts';

/** One package of Debian; `sha256` of its .deb. */
export type LockedPackage = {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly bytes: number;
  readonly sha256: string;
};

/**
 * What an image is made of. `time` (seconds since 1970) is that of the newest file in it, which is past wherever the packages can be had: the image
 * carries it, and with it the floor of a device's clock.
 */
export type PackagesLock = {
  readonly suite: string;
  readonly time: number;
  readonly packages: readonly LockedPackage[];
};

const LOCK_FILE = path.join(import.meta.dirname, '..', '..', 'packages.lock.json');
/** Characters that names, versions and architectures of Debian have (Debian policy 5.6). */
const WORD = /^[A-Za-z0-9][A-Za-z0-9.+:~-]*$/;

/** Throws `packages-lock-unreadable` for a lock file that is missing or not one of ours. */
export async function readPackagesLock(file: string = LOCK_FILE): Promise<PackagesLock> {
  try {
    return parseLock(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    throw new BuildError(
      'packages-lock-unreadable',
      `${file} is not a lock of packages; write it anew with: reference-device/build --relock`,
      { cause },
    );
  }
}

/** One package a line, so that a change shows as that. */
export async function writePackagesLock(lock: PackagesLock, file: string = LOCK_FILE): Promise<void> {
  const lines = lock.packages.map(
    (one) =>
      `    ${JSON.stringify(one)
        .replaceAll(/(?<=")([,:])/g, '$1 ')
        .replaceAll(/(?<=\d),/g, ', ')}`,
  );
  const head = `{\n  "suite": ${JSON.stringify(lock.suite)},\n  "time": ${lock.time},\n  "packages": [\n`;
  await writeFile(file, `${head}${lines.join(',\n')}\n  ]\n}\n`);
}

function parseLock(value: unknown): PackagesLock {
  const { suite, time, packages } = value as Partial<PackagesLock>;
  if (typeof suite !== 'string' || !WORD.test(suite)) throw new TypeError('suite');
  if (!Number.isSafeInteger(time) || time === undefined) throw new TypeError('time');
  if (!Array.isArray(packages)) throw new TypeError('packages');
  return { suite, time, packages: packages.map(parsePackage) };
}

function parsePackage(value: unknown): LockedPackage {
  const { name, version, architecture, bytes, sha256 } = value as Partial<LockedPackage>;
  for (const word of [name, version, architecture])
    if (typeof word !== 'string' || !WORD.test(word)) throw new TypeError(`not a word of Debian: ${String(word)}`);
  if (!Number.isSafeInteger(bytes)) throw new TypeError(`bytes of ${name}`);
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) throw new TypeError(`sha256 of ${name}`);
  return { name, version, architecture, bytes, sha256 } as LockedPackage;
}
