import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { encodeEnvironment, type Environment } from '../boot/environment.ts';
import { makeBootScript } from './boot-script.ts';
import { type BreakageName, breakageNamed } from './breakage.ts';
import { FIRMWARE } from './device-content.ts';
import { makeExt4Image } from './ext4-image.ts';
import { addFile, type FileTree } from './file-tree.ts';
import { makeGoldenDisk, partitionBytes } from './golden-disk.ts';
import { requirePrograms } from './host-program.ts';
import { fetchPackages, type Replacement } from './package-cache.ts';
import { readPackagesLock } from './packages-lock.ts';
import { DEVICE_FOLDER, makeSlotTree } from './slot-tree.ts';
import { openSysroot, type Sysroot } from './sysroot.ts';

export type BuildWish = {
  readonly version: string;
  readonly output: string;
  /** Seconds since 1970 that the image carries; the lock's own when not given. */
  readonly time?: number;
  /** A slot that does not work, on purpose. */
  readonly breakage?: BreakageName;
  /** Only `slot.ext4`, as an update needs it: no disk and no firmware. */
  readonly isSlotOnly?: boolean;
};

/** A file of the build, as build.json names it. */
export type BuiltFile = { readonly file: string; readonly bytes: number; readonly sha256: string };

/** What stands in build.json, the paths of its files being those beside it. */
export type Build = {
  readonly version: string;
  readonly time: number;
  readonly slot: BuiltFile;
  readonly disk?: BuiltFile;
  readonly firmware?: BuiltFile;
  readonly packages: Readonly<Record<string, string>>;
  readonly replaced: readonly string[];
  readonly seconds: number;
};

type Progress = (line: string) => void;

/**
 * Builds a version of the reference device into `output`: `slot.ext4` (what an update brings), `disk.img` (the golden disk, this version in
 * slot a), `u-boot.bin` and `build.json`. The same packages, files, version and time give the same bytes.
 * Throws BuildError.
 */
export async function buildDevice(wish: BuildWish, progress: Progress): Promise<Build> {
  const started = performance.now();
  requirePrograms(['apt-get', 'apt-cache', 'dpkg-deb', 'tar', 'mke2fs', 'debugfs']);
  const lock = await readPackagesLock();
  const fetched = await fetchPackages(lock, progress);
  for (const replacement of fetched.replacements) progress(replacementLine(replacement));
  const sysroot = await openSysroot(fetched.packages, progress);
  const time = wish.time ?? lock.time;
  await mkdir(wish.output, { recursive: true });
  const slot = path.join(wish.output, 'slot.ext4');
  progress(`making slot.ext4 of version ${wish.version}`);
  await makeSlot(slot, sysroot, { ...wish, time });
  const build: Build = {
    version: wish.version,
    time,
    slot: await built(slot),
    ...(wish.isSlotOnly === true ? {} : await makeDiskFiles(wish.output, sysroot, { slot, time, progress })),
    packages: Object.fromEntries(fetched.packages.map(({ name, version }) => [name, version])),
    replaced: fetched.replacements.map(replacementLine),
    seconds: (performance.now() - started) / 1000,
  };
  await writeFile(path.join(wish.output, 'build.json'), `${JSON.stringify(build, null, 2)}\n`);
  return build;
}

type SlotWish = { readonly version: string; readonly time: number; readonly breakage?: BreakageName };

async function makeSlot(slot: string, sysroot: Sysroot, { version, time, breakage }: SlotWish): Promise<void> {
  const change = breakage === undefined ? undefined : breakageNamed(breakage);
  const tree = await makeSlotTree(sysroot, { version, time }, change);
  await makeExt4Image(slot, { label: 'slot', tree, time });
  await change?.image?.(slot);
}

type DiskWish = { readonly slot: string; readonly time: number; readonly progress: Progress };

async function makeDiskFiles(
  output: string,
  sysroot: Sysroot,
  { slot, time, progress }: DiskWish,
): Promise<Pick<Build, 'disk' | 'firmware'>> {
  progress('making disk.img');
  const disk = path.join(output, 'disk.img');
  await makeDisk(disk, slot, time);
  const firmware = await copyFirmware(sysroot, output);
  return { disk: await built(disk), firmware: await built(firmware) };
}

async function makeDisk(disk: string, slot: string, time: number): Promise<void> {
  const boot: FileTree = new Map();
  const script = await readFile(path.join(DEVICE_FOLDER, 'boot', 'boot.cmd'), 'utf8');
  addFile(boot, '/boot.scr', makeBootScript(script, 'updraft', time));
  const text = await readFile(path.join(DEVICE_FOLDER, 'boot', 'environment'), 'utf8');
  const environment = encodeEnvironment(environmentOf(text));
  const bootImage = `${disk}.boot`;
  await makeExt4Image(bootImage, { label: 'boot', tree: boot, time, sizeBytes: partitionBytes('boot') });
  await makeGoldenDisk(disk, { boot: bootImage, env: environment, env2: environment, 'slot-a': slot });
  await rm(bootImage);
}

function environmentOf(text: string): Environment {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(lines.map((line) => [line.split('=', 1)[0] ?? '', line.slice(line.indexOf('=') + 1)]));
}

async function copyFirmware(sysroot: Sysroot, output: string): Promise<string> {
  const firmware = path.join(output, 'u-boot.bin');
  await copyFile(path.join(sysroot.folder, FIRMWARE), firmware);
  return firmware;
}

async function built(file: string): Promise<BuiltFile> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return { file: path.basename(file), bytes: (await stat(file)).size, sha256: hash.digest('hex') };
}

function replacementLine({ locked, taken }: Replacement): string {
  return `Debian no longer has ${locked.name} ${locked.version}: taken is ${taken.name} ${taken.version}`;
}
