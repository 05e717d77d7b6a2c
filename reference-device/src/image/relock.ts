import { stat } from 'node:fs/promises';
import path from 'node:path';
import { FIRMWARE, PACKAGES, SUITE } from './device-content.ts';
import type { FileTree } from './file-tree.ts';
import { requirePrograms } from './host-program.ts';
import { fetchNewest } from './package-cache.ts';
import { type LockedPackage, writePackagesLock } from './packages-lock.ts';
import { makeSlotTree } from './slot-tree.ts';
import { openSysroot, type Sysroot } from './sysroot.ts';

/** Writes the lock anew: the newest version of every package that a file of the image comes from. Gives what it locked. */
export async function relock(progress: (line: string) => void): Promise<readonly LockedPackage[]> {
  requirePrograms(['apt-get', 'apt-cache', 'dpkg-deb', 'tar']);
  const packages = await fetchNewest(SUITE, PACKAGES, progress);
  const sysroot = await openSysroot(packages, progress);
  const tree = await makeSlotTree(sysroot, { version: '0', time: 0 });
  const used = [FIRMWARE, ...placesIn(tree, sysroot)];
  const owners = new Set(used.map((place) => sysroot.ownerOf.get(place)));
  const locked = packages
    .filter(({ name }) => owners.has(name))
    .map(({ name, version, architecture, bytes, sha256 }) => ({ name, version, architecture, bytes, sha256 }));
  const times = await Promise.all(used.map(async (place) => (await stat(path.join(sysroot.folder, place))).mtimeMs));
  await writePackagesLock({ suite: SUITE, time: Math.floor(Math.max(...times) / 1000), packages: locked });
  return locked;
}

/** Which files of the sysroot a tree takes. */
function placesIn(tree: FileTree, { folder }: Sysroot): readonly string[] {
  return [...tree.values()]
    .filter((entry) => entry.kind === 'file')
    .flatMap(({ content }) => ('source' in content ? [content.source] : []))
    .filter((source) => source.startsWith(`${folder}/`))
    .map((source) => source.slice(folder.length));
}
