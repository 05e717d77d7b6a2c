import { createHash } from 'node:crypto';
import { existsSync, globSync, lstatSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { BreakageName } from '../../reference-device/src/image/breakage.ts';
import { FIRST_VERSION, goldenFolder } from '../../reference-device/src/run/golden-image.ts';
import { mustRun } from '../programs/run-program.ts';

const DEVICE = path.join(import.meta.dirname, '..', '..', 'reference-device');
const BUILD_LIMIT_MS = 600_000;
/** What a build is made of. */
const INPUTS = ['packages.lock.json', '{boot,initrd,rootfs}/**', 'src/{boot,image}/*.ts'];

export type BuildRecipe = { readonly version: string; readonly breakage?: BreakageName };
/** Files of a build. Nobody writes to them: devices stand on `disk`. */
export type GoldenBuild = { readonly disk: string; readonly uBoot: string };

/** The golden image of the first version, built with `reference-device/build` or taken from the cache. */
export async function buildGolden(): Promise<GoldenBuild> {
  const folder = await build(FIRST_VERSION, ['--version', FIRST_VERSION]);
  return { disk: path.join(folder, 'disk.img'), uBoot: path.join(folder, 'u-boot.bin') };
}

/** The slot image of a version: what an update brings. */
export async function buildSlot({ version, breakage }: BuildRecipe): Promise<string> {
  if (breakage === undefined && version === FIRST_VERSION)
    return path.join(path.dirname((await buildGolden()).disk), 'slot.ext4');
  const broken = breakage === undefined ? [] : ['--break', breakage];
  const name = [version, ...broken.slice(1)].join('-');
  return path.join(await build(name, ['--version', version, ...broken, '--slot-only']), 'slot.ext4');
}

/** The folder of a build of this name, which is made unless it was made from the same inputs before: a cache of this user. */
async function build(name: string, args: readonly string[]): Promise<string> {
  const inputs = `${goldenFolder()}-tests-${await hashOfInputs()}`;
  const folder = path.join(inputs, name);
  if (existsSync(folder)) return folder;
  await mkdir(inputs, { recursive: true });
  const making = await mkdtemp(`${folder}.`);
  await mustRun(path.join(DEVICE, 'build'), [...args, '--output', making], { timeLimitMs: BUILD_LIMIT_MS });
  // Another process may have been as quick.
  if (existsSync(folder)) await rm(making, { recursive: true });
  else await rename(making, folder);
  return folder;
}

async function hashOfInputs(): Promise<string> {
  const hash = createHash('sha256');
  const files = INPUTS.flatMap((pattern) => globSync(pattern, { cwd: DEVICE })).filter(
    (file) => !file.endsWith('.test.ts') && lstatSync(path.join(DEVICE, file)).isFile(),
  );
  for (const file of files.toSorted()) hash.update(`${file}\0`).update(await readFile(path.join(DEVICE, file)));
  return hash.digest('hex').slice(0, 16);
}
