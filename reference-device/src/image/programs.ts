import { existsSync } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { BuildError } from './build-error.ts';
import { readElfNeeds } from './elf.ts';
import { addLink, addSource, type FileTree } from './file-tree.ts';
import type { Sysroot } from './sysroot.ts';

/** Where the loader looks, in its order. */
const LIBRARY_FOLDERS = ['/usr/lib/aarch64-linux-gnu', '/usr/lib'];
/** The start of the packed list of applet names in busybox, which is sorted. */
const FIRST_APPLETS = Buffer.from('\0[\0[[\0');
/** Debian has tools of its own in the image by these names, with more options. */
const BUSYBOX = '/usr/bin/busybox';

/**
 * Puts programs of a sysroot into a tree, with the libraries that they load and those load in turn.
 * Throws `file-missing` for a program or library that no package brings.
 */
export async function addPrograms(tree: FileTree, sysroot: Sysroot, programs: readonly string[]): Promise<void> {
  const waiting = [...programs];
  for (let place = waiting.shift(); place !== undefined; place = waiting.shift()) {
    if (tree.has(place)) continue;
    const source = await sourceOf(place, sysroot);
    addSource(tree, place, source, true);
    const needs = readElfNeeds(await readFile(source));
    if (needs?.interpreter !== undefined) waiting.push(merged(needs.interpreter));
    for (const library of needs?.libraries ?? []) waiting.push(libraryPlace(library, place, sysroot));
  }
}

/** Puts other files of a sysroot into a tree, readable by all. */
export async function addFiles(tree: FileTree, sysroot: Sysroot, files: readonly string[]): Promise<void> {
  for (const place of files) addSource(tree, place, await sourceOf(place, sysroot), false);
}

/** Puts busybox into a tree and a link for each of its applets, but where another program of that name stands already. */
export async function addBusybox(tree: FileTree, sysroot: Sysroot): Promise<void> {
  const source = await sourceOf(BUSYBOX, sysroot);
  addSource(tree, BUSYBOX, source, true);
  for (const applet of appletsOf(await readFile(source)))
    if (!tree.has(`/usr/bin/${applet}`) && !tree.has(`/usr/sbin/${applet}`))
      addLink(tree, `/usr/bin/${applet}`, 'busybox');
}

function appletsOf(busybox: Buffer): readonly string[] {
  const start = busybox.indexOf(FIRST_APPLETS);
  const end = busybox.indexOf('\0\0', start);
  if (start < 0 || end < 0) throw new BuildError('file-missing', 'busybox does not list its applets as expected');
  return busybox
    .toString('latin1', start + 1, end)
    .split('\0')
    .filter((name) => name !== 'busybox');
}

function libraryPlace(library: string, neededBy: string, sysroot: Sysroot): string {
  const place = LIBRARY_FOLDERS.map((folder) => path.posix.join(folder, library)).find((one) =>
    existsSync(path.join(sysroot.folder, one)),
  );
  if (place !== undefined) return place;
  throw new BuildError(
    'file-missing',
    `${neededBy} needs ${library}, which no locked package brings; choose anew with: reference-device/build --relock`,
  );
}

/** The file behind a name in the sysroot: libraries' names are links to their files. */
async function sourceOf(place: string, { folder }: Sysroot): Promise<string> {
  try {
    return await realpath(path.join(folder, place));
  } catch (cause) {
    throw new BuildError('file-missing', `no locked package brings ${place}`, { cause });
  }
}

function merged(place: string): string {
  return place.startsWith('/usr/') ? place : `/usr${place}`;
}
