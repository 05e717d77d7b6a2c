import { mkdir, readdir, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import { temporaryFolder } from '@updraft/fleet';
import { type Build, buildDevice } from '../reference-device/src/image/build-device.ts';
import { cacheFolder } from '../reference-device/src/image/package-cache.ts';
import { deviceLife } from './device-life.ts';
import { say, sayFigures } from './load/figures.ts';
import { FOLDER_PREFIX } from './load/scene.ts';

export const summary = 'the reference device: build, image sizes, boot and update under QEMU, bytes written';

const MIB = 1024 * 1024;
/** stat(2) counts blocks of this size. */
const BLOCK_BYTES = 512;

/** Packages are in the cache already; what is fetched depends on the network and is not measured. */
export async function run(): Promise<void> {
  const builds = await buildFigures();
  const life = await deviceLife();
  sayFigures({ bench: 'device', ...builds, ...life });
}

async function buildFigures(): Promise<Record<string, unknown>> {
  await using folder = await temporaryFolder(FOLDER_PREFIX);
  const at = (name: string): string => path.join(folder.path, name);
  // The packages are there afterwards, whatever was before.
  await buildDevice({ version: '1.0.0', output: at('warm') }, () => undefined);
  const first = await withEmptySysroot(at('cache'), () => build(at('first'), '1.0.0'));
  const second = await build(at('second'), '2.0.0');
  const slotOnly = await build(at('third'), '3.0.0', true);
  const sizes = { slot: await sizeOf(at('first/slot.ext4')), disk: await sizeOf(at('first/disk.img')) };
  say(`build from fetched packages ${first.seconds.toFixed(1)} s`);
  say(
    `second version              ${second.seconds.toFixed(1)} s (goal ≤ 10), slot alone ${slotOnly.seconds.toFixed(1)} s`,
  );
  for (const [name, { length, onDisk }] of Object.entries(sizes))
    say(`${name.padEnd(27)} ${mib(length)} MiB long, ${mib(onDisk)} on the host's disk`);
  const seconds = { firstBuild: first.seconds, secondBuild: second.seconds, slotBuild: slotOnly.seconds };
  return { seconds, sizes };
}

function build(output: string, version: string, isSlotOnly = false): Promise<Build> {
  return buildDevice({ version, output, isSlotOnly }, () => undefined);
}

/** What is unpacked is looked for in another cache, which has the packages of this one. */
async function withEmptySysroot<Result>(cache: string, work: () => Promise<Result>): Promise<Result> {
  const packages = path.join(cacheFolder(), 'packages');
  const before = process.env['XDG_CACHE_HOME'];
  await mkdir(path.join(cache, 'updraft', 'packages'), { recursive: true });
  for (const name of await readdir(packages))
    await symlink(path.join(packages, name), path.join(cache, 'updraft', 'packages', name));
  process.env['XDG_CACHE_HOME'] = cache;
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = before;
  }
}

/** A sparse file is longer than what it takes. */
async function sizeOf(file: string): Promise<{ readonly length: number; readonly onDisk: number }> {
  const { size, blocks } = await stat(file);
  return { length: size, onDisk: blocks * BLOCK_BYTES };
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(0).padStart(4);
}
