import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BuildError } from './build-error.ts';
import type { LockedPackage, PackagesLock } from './packages-lock.ts';
import { PrivateApt } from './private-apt.ts';

/** A package, and its .deb on this machine, whose sha256 has been verified. */
export type PackageFile = LockedPackage & { readonly file: string };

/** A package that Debian no longer has as it was locked, and what this run takes instead. */
export type Replacement = { readonly locked: LockedPackage; readonly taken: LockedPackage };

export type FetchedPackages = {
  readonly packages: readonly PackageFile[];
  readonly replacements: readonly Replacement[];
};

type Progress = (line: string) => void;

const MEGABYTE = 1_000_000;

/** Where what was fetched or unpacked once is kept: XDG's cache folder. */
export function cacheFolder(): string {
  const base = process.env['XDG_CACHE_HOME'];
  return path.join(base !== undefined && path.isAbsolute(base) ? base : path.join(homedir(), '.cache'), 'updraft');
}

/**
 * The .debs of a lock, from the cache or from Debian. What is there needs no network.
 * Throws `checksum-differs` where bytes are not those of the lock, `network-unreachable`, `package-missing`.
 */
export async function fetchPackages(lock: PackagesLock, progress: Progress): Promise<FetchedPackages> {
  const missing = lock.packages.filter((one) => !existsSync(cachedFile(one)));
  if (missing.length === 0) return { packages: await verified(lock.packages), replacements: [] };
  progress(`reading Debian's lists (${lock.suite})`);
  await using apt = await PrivateApt.open(lock.suite);
  const replacements = await replacementsOf(apt, missing);
  const taken = lock.packages.map((one) => replacements.find(({ locked }) => locked === one)?.taken ?? one);
  await download(apt, taken, progress);
  return { packages: await verified(taken), replacements };
}

/** The newest versions of packages and all that they need, fetched: what a new lock is chosen from. */
export async function fetchNewest(
  suite: string,
  names: readonly string[],
  progress: Progress,
): Promise<readonly PackageFile[]> {
  progress(`reading Debian's lists (${suite})`);
  await using apt = await PrivateApt.open(suite);
  const closure = await apt.closureOf(names);
  const versions = await apt.versionsOf(closure);
  const newest = closure.toSorted().map((name) => {
    const found = versions.find((one) => one.name === name);
    if (found === undefined) throw new BuildError('package-missing', `Debian ${suite} has no package ${name}`);
    return found;
  });
  await download(apt, newest, progress);
  return verified(newest);
}

/** A version that is gone is replaced by the current one; a kernel's name that is gone by the one that came after it. */
async function replacementsOf(apt: PrivateApt, missing: readonly LockedPackage[]): Promise<readonly Replacement[]> {
  const versions = await apt.versionsOf(missing.map(({ name }) => name));
  const gone = missing.filter((one) => !versions.some((now) => now.name === one.name && now.version === one.version));
  const replacements: Replacement[] = [];
  for (const locked of gone) {
    const taken = versions.find(({ name }) => name === locked.name) ?? (await successorOf(apt, locked));
    replacements.push({ locked, taken });
  }
  return replacements;
}

async function successorOf(apt: PrivateApt, locked: LockedPackage): Promise<LockedPackage> {
  const heads = locked.name.startsWith('linux-image-') ? ['linux-image-arm64'] : [];
  const names = heads.length === 0 ? [] : await apt.closureOf(heads);
  const successors = await apt.versionsOf(names.filter((name) => stem(name) === stem(locked.name)));
  const [successor] = successors;
  if (successor !== undefined) return successor;
  throw new BuildError(
    'package-missing',
    `Debian no longer has the package ${locked.name}; choose anew with: reference-device/build --relock`,
  );
}

/** A package's name without its numbers, which say the version there. */
function stem(name: string): string {
  return name.replaceAll(/[0-9.]+/g, '');
}

async function download(apt: PrivateApt, packages: readonly LockedPackage[], progress: Progress): Promise<void> {
  const missing = packages.filter((one) => !existsSync(cachedFile(one)));
  if (missing.length === 0) return;
  const megabytes = missing.reduce((sum, { bytes }) => sum + bytes, 0) / MEGABYTE;
  progress(`fetching ${missing.length} packages, ${megabytes.toFixed(0)} MB`);
  const folder = path.dirname(cachedFile(missing[0] as LockedPackage));
  await mkdir(folder, { recursive: true });
  const part = await mkdtemp(path.join(folder, '.part-'));
  try {
    const files = await apt.download(missing, part);
    for (const [one, file] of files) {
      await verify(one, file);
      await rename(file, cachedFile(one));
    }
  } finally {
    await rm(part, { recursive: true });
  }
}

async function verified(packages: readonly LockedPackage[]): Promise<readonly PackageFile[]> {
  return Promise.all(
    packages.map(async (one) => {
      const file = cachedFile(one);
      await verify(one, file);
      return { ...one, file };
    }),
  );
}

async function verify(one: LockedPackage, file: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  const sha256 = hash.digest('hex');
  if (sha256 === one.sha256) return;
  throw new BuildError(
    'checksum-differs',
    `${file} has sha256 ${sha256}, the lock says ${one.sha256} for ${one.name} ${one.version}; remove the file to fetch it again`,
  );
}

function cachedFile({ name, version, architecture }: LockedPackage): string {
  return path.join(cacheFolder(), 'packages', `${name}_${version.replaceAll(':', '%3a')}_${architecture}.deb`);
}
