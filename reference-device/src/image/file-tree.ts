import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';

/** One entry of a file system that is to be made: bytes here, or those of a file of this machine. Everything belongs to root. */
export type TreeEntry =
  | { readonly kind: 'folder' }
  | { readonly kind: 'file'; readonly mode: number; readonly content: Uint8Array | { readonly source: string } }
  | { readonly kind: 'link'; readonly target: string };

/** A file system to be made: entries by their absolute path. Who reads it takes them in the order of their paths. */
export type FileTree = Map<string, TreeEntry>;

/** What is read and run, and what is only read: an image does not depend on the umask of the machine that makes it. */
const EXECUTABLE = 0o755;
const READABLE = 0o644;

/** Puts text or bytes at an absolute path, and the folders that lead there. */
export function addFile(tree: FileTree, file: string, content: string | Uint8Array, mode: number = READABLE): void {
  addParents(tree, file);
  tree.set(file, { kind: 'file', mode, content: typeof content === 'string' ? Buffer.from(content) : content });
}

/** Puts a file of this machine at an absolute path, executable where `isExecutable`. */
export function addSource(tree: FileTree, file: string, source: string, isExecutable: boolean): void {
  addParents(tree, file);
  tree.set(file, { kind: 'file', mode: isExecutable ? EXECUTABLE : READABLE, content: { source } });
}

export function addLink(tree: FileTree, link: string, target: string): void {
  addParents(tree, link);
  tree.set(link, { kind: 'link', target });
}

export function addFolder(tree: FileTree, folder: string): void {
  addParents(tree, folder);
  tree.set(folder, { kind: 'folder' });
}

/** Lays a folder of this machine over the tree at `place`: files, links and folders, whatever was there before. */
export async function addOverlay(tree: FileTree, place: string, folder: string): Promise<void> {
  for (const name of (await readdir(folder)).toSorted()) {
    const source = path.join(folder, name);
    const target = path.posix.join(place, name);
    const found = await lstat(source);
    if (found.isSymbolicLink()) addLink(tree, target, await readlink(source));
    else if (found.isDirectory()) {
      if (!tree.has(target)) addFolder(tree, target);
      await addOverlay(tree, target, source);
    } else addSource(tree, target, source, (found.mode & 0o100) !== 0);
  }
}

/** The bytes of a file of the tree, or undefined. */
export async function readTreeFile(tree: FileTree, file: string): Promise<Uint8Array | undefined> {
  const entry = tree.get(file);
  if (entry?.kind !== 'file') return undefined;
  return entry.content instanceof Uint8Array ? entry.content : readFile(entry.content.source);
}

/** Entries in the order in which they are made: a folder before what lies in it, the same on every machine. */
export function inOrder(tree: FileTree): readonly (readonly [path: string, entry: TreeEntry])[] {
  return [...tree].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function addParents(tree: FileTree, file: string): void {
  const parent = path.posix.dirname(file);
  if (parent === '/' || tree.get(parent) !== undefined) return;
  addFolder(tree, parent);
}
