import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { DeviceError } from './device-error.ts';

const BUILD = path.join(import.meta.dirname, '..', '..', 'build');
export const FIRST_VERSION = '1.0.0';

/** Where the golden image is kept unless a folder is named: it can always be built again. */
export function goldenFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { XDG_CACHE_HOME: cache, HOME: home = homedir() } = environment;
  const base = cache !== undefined && path.isAbsolute(cache) ? cache : path.join(home, '.cache');
  return path.join(base, 'updraft', 'reference-device');
}

/**
 * The disk image that all devices stand on: `disk.img` in `folder`, built where it is missing. The build says on standard error what
 * it does; the first one fetches some 100 MB of packages.
 */
export async function ensureGoldenImage(folder: string): Promise<string> {
  const disk = path.join(folder, 'disk.img');
  if (await isThere(path.join(folder, 'build.json'))) return disk;
  const child = spawn(BUILD, ['--version', FIRST_VERSION, '--output', folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code === 0 && (await isThere(disk))) return disk;
  throw new DeviceError(
    'refused',
    'image-not-built',
    `The image could not be built (${code}); the lines above say why.`,
  );
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
