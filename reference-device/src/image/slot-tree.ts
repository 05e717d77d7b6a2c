import path from 'node:path';
import { FILES, INITRD_MODULES, MOUNT_POINTS, PROGRAMS, SLOT_MODULES } from './device-content.ts';
import { addFile, addFolder, addLink, addOverlay, addSource, type FileTree } from './file-tree.ts';
import { makeInitrd } from './initrd.ts';
import { addKernelModules, type KernelModules, readKernelModules } from './kernel-modules.ts';
import { addBusybox, addFiles, addPrograms } from './programs.ts';
import { MERGED_FOLDERS, type Sysroot } from './sysroot.ts';

/** What a slot says of itself in /etc/updraft-release; `time` in seconds since 1970. */
export type SlotRelease = { readonly version: string; readonly time: number };

/** This package's own files of a device: laid over those of Debian. */
export const DEVICE_FOLDER = path.join(import.meta.dirname, '..', '..');

/**
 * All that a slot holds, initial file system included: `change` is asked last for each of the two trees, which is how a
 * broken variant comes about.
 */
export async function makeSlotTree(sysroot: Sysroot, release: SlotRelease, change: SlotChange = {}): Promise<FileTree> {
  const tree: FileTree = new Map();
  const modules = await readKernelModules(sysroot);
  for (const folder of MERGED_FOLDERS) {
    addFolder(tree, `/usr/${folder}`);
    addLink(tree, `/${folder}`, `usr/${folder}`);
  }
  for (const folder of MOUNT_POINTS) addFolder(tree, folder);
  await addPrograms(tree, sysroot, PROGRAMS);
  await addFiles(tree, sysroot, FILES);
  await addBusybox(tree, sysroot);
  addKernelModules(tree, '/usr/lib', modules, SLOT_MODULES);
  await addOverlay(tree, '/', path.join(DEVICE_FOLDER, 'rootfs'));
  addInit(tree);
  // SWUpdate reads it where both copies of the environment are torn.
  addSource(tree, '/etc/u-boot-initial-env', path.join(DEVICE_FOLDER, 'boot', 'environment'), false);
  addFile(tree, '/etc/updraft-release', `VERSION=${release.version}\nBUILD_TIME=${release.time}\n`);
  addSource(tree, '/boot/Image', path.join(sysroot.folder, 'boot', `vmlinuz-${modules.release}`), false);
  const initrd = await initrdTree(sysroot, modules);
  change.initrd?.(initrd);
  addFile(tree, '/boot/initrd.img', await makeInitrd(initrd));
  change.slot?.(tree);
  return tree;
}

export type SlotChange = {
  readonly initrd?: (tree: FileTree) => void;
  readonly slot?: (tree: FileTree) => void;
};

/** The kernel starts /sbin/init: busybox, unless a file laid over says otherwise. */
function addInit(tree: FileTree): void {
  if (!tree.has('/usr/sbin/init')) addLink(tree, '/usr/sbin/init', '../bin/busybox');
}

async function initrdTree(sysroot: Sysroot, modules: KernelModules): Promise<FileTree> {
  const tree: FileTree = new Map();
  const busybox = path.join(sysroot.folder, 'usr', 'bin', 'busybox');
  addSource(tree, '/bin/busybox', busybox, true);
  addKernelModules(tree, '/lib', modules, INITRD_MODULES);
  await addOverlay(tree, '/', path.join(DEVICE_FOLDER, 'initrd'));
  return tree;
}
