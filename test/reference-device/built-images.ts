import { createHash } from 'node:crypto';
import { existsSync, globSync, lstatSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { BreakageName } from '../../reference-device/src/image/breakage.ts';
import { goldenFolder } from '../../reference-device/src/run/golden-image.ts';
import { mustRun } from '../programs/run-program.ts';

const DEVICE = path.join(import.meta.dirname, '..', '..', 'reference-device');
const BUILD_LIMIT_MS = 600_000;
/** What a build is made of. */
const INPUTS = ['packages.lock.json', '{boot,initrd,rootfs}/**', 'src/{boot,image}/*.ts'];

export type BuildRecipe = { readonly version: string; readonly breakage?: BreakageName };
/** Files of a build. Nobody writes to them: devices stand on `disk`. */
export type Build = { readonly disk: string; readonly slot: string; readonly uBoot: string };

/** Builds a version with `reference-device/build`, or takes the one that was built from the same inputs before: a cache of this user. */
export async function buildImages({ version, breakage }: BuildRecipe): Promise<Build> {
  const inputs = `${goldenFolder()}-tests-${await hashOfInputs()}`;
  const folder = path.join(inputs, breakage === undefined ? version : `${version}-${breakage}`);
  if (!existsSync(folder)) {
    await mkdir(inputs, { recursive: true });
    const making = await mkdtemp(`${folder}.`);
    const broken = breakage === undefined ? [] : ['--break', breakage];
    const args = ['--version', version, ...broken, '--output', making];
    await mustRun(path.join(DEVICE, 'build'), args, { timeLimitMs: BUILD_LIMIT_MS });
    // Another process may have been as quick.
    if (existsSync(folder)) await rm(making, { recursive: true });
    else await rename(making, folder);
  }
  const file = (name: string): string => path.join(folder, name);
  return { disk: file('disk.img'), slot: file('slot.ext4'), uBoot: file('u-boot.bin') };
}

async function hashOfInputs(): Promise<string> {
  const hash = createHash('sha256');
  const files = INPUTS.flatMap((pattern) => globSync(pattern, { cwd: DEVICE })).filter(
    (file) => !file.endsWith('.test.ts') && lstatSync(path.join(DEVICE, file)).isFile(),
  );
  for (const file of files.toSorted()) hash.update(`${file}\0`).update(await readFile(path.join(DEVICE, file)));
  return hash.digest('hex').slice(0, 16);
}
