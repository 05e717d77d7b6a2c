import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { BuildError } from './build-error.ts';
import { addFile, addSource, type FileTree } from './file-tree.ts';
import type { Sysroot } from './sysroot.ts';

/** A kernel's modules as they lie in a sysroot, by name (`_`, never `-`). */
export type KernelModules = {
  readonly release: string;
  readonly byName: ReadonlyMap<string, KernelModule>;
};

type KernelModule = {
  /** Path below /lib/modules/RELEASE. */
  readonly place: string;
  readonly source: string;
  readonly needs: readonly string[];
};

/** Needs that a module only looks for by a wish (`softdep`) once it is used. */
const SOFT_NEEDS: Readonly<Record<string, readonly string[]>> = { ext4: ['crc32c_generic'] };

export async function readKernelModules(sysroot: Sysroot): Promise<KernelModules> {
  const all = path.join(sysroot.folder, 'usr', 'lib', 'modules');
  const [release, more] = await readdir(all);
  if (release === undefined || more !== undefined)
    throw new BuildError('file-missing', `the packages bring ${release === undefined ? 'no' : 'more than one'} kernel`);
  const folder = path.join(all, release);
  const places = await readdir(folder, { recursive: true });
  const modules = places
    .filter((place) => place.endsWith('.ko'))
    .map(async (place): Promise<[string, KernelModule]> => {
      const source = path.join(folder, place);
      const name = normalName(path.basename(place, '.ko'));
      return [name, { place, source, needs: [...(SOFT_NEEDS[name] ?? []), ...hardNeeds(await readFile(source))] }];
    });
  return { release, byName: new Map(await Promise.all(modules)) };
}

/**
 * Puts modules, and all that they need, below /lib/modules of a tree, with the modules.dep that modprobe reads.
 * Throws `file-missing` for a module that the kernel does not have.
 */
export function addKernelModules(tree: FileTree, lib: string, modules: KernelModules, names: readonly string[]): void {
  const folder = path.posix.join(lib, 'modules', modules.release);
  const chosen = [...new Set(names.flatMap((name) => closureOf(normalName(name), modules)))].toSorted();
  const lines: string[] = [];
  for (const name of chosen) {
    const { place, source } = moduleNamed(name, modules);
    addSource(tree, path.posix.join(folder, place), source, false);
    // A module's own needs come first and the needs of those after them: modprobe loads from the end.
    const needs = closureOf(name, modules).filter((one) => one !== name);
    lines.push(`${[`${place}:`, ...needs.toReversed().map((one) => moduleNamed(one, modules).place)].join(' ')}\n`);
  }
  addFile(tree, path.posix.join(folder, 'modules.dep'), lines.join(''));
}

/** A module and what it needs, each after what it needs itself. */
function closureOf(name: string, modules: KernelModules): readonly string[] {
  const needs = moduleNamed(name, modules).needs.flatMap((need) => closureOf(need, modules));
  return [...new Set([...needs, name])];
}

function moduleNamed(name: string, { byName, release }: KernelModules): KernelModule {
  const found = byName.get(name);
  if (found === undefined) throw new BuildError('file-missing', `the kernel ${release} has no module ${name}`);
  return found;
}

/** `depends=a,b` of .modinfo, whose strings end with NUL. */
function hardNeeds(module: Buffer): readonly string[] {
  const list = /\0depends=([^\0]*)\0/.exec(module.toString('latin1'))?.[1] ?? '';
  return list
    .split(',')
    .filter((name) => name !== '')
    .map(normalName);
}

function normalName(name: string): string {
  return name.replaceAll('-', '_');
}
