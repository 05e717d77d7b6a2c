import { open } from 'node:fs/promises';
import { BuildError } from './build-error.ts';
import { addFile, type FileTree } from './file-tree.ts';
import { mustRun } from './host-program.ts';
import type { SlotChange } from './slot-tree.ts';

/** A way in which a slot does not work, made on purpose: `image` is asked last, with the finished slot image. */
export type Breakage = SlotChange & {
  readonly what: string;
  readonly image?: (image: string) => Promise<void>;
};

const PROGRAM = 0o755;
const BLOCK_BYTES = 4096;
const ZEROED_KERNEL_BYTES = 1024 * 1024;

/** What each does to the device, and which reason it is to give on its way back. */
const BREAKAGES = {
  panic: { what: 'the kernel panics before the slot is mounted', initrd: withInit('echo c >/proc/sysrq-trigger') },
  hang: { what: 'nothing happens once the kernel runs; only the watchdog helps', initrd: withInit('sleep 99999d') },
  'init-exits': {
    what: 'the first program of the slot ends, which is a panic',
    slot: (tree) => addFile(tree, '/usr/sbin/init', '#!/bin/sh\nexit 1\n', PROGRAM),
  },
  'no-init': { what: 'the slot has no first program', slot: (tree) => void tree.delete('/usr/sbin/init') },
  health: {
    what: 'a health check fails (health:broken)',
    slot: (tree) => addFile(tree, '/etc/updraft/health.d/broken', '#!/bin/sh\nexit 1\n', PROGRAM),
  },
  unreachable: {
    what: 'all is well but the network card is never set up (server-unreachable)',
    slot: (tree) => addFile(tree, '/usr/lib/updraft/bring-network-up', '#!/bin/sh\nip link set lo up\n', PROGRAM),
  },
  'no-kernel': { what: 'there is no kernel (image-unloadable)', slot: (tree) => void tree.delete('/boot/Image') },
  'zero-kernel': {
    what: 'the kernel is zeros (image-unloadable)',
    slot: (tree) => addFile(tree, '/boot/Image', Buffer.alloc(ZEROED_KERNEL_BYTES)),
  },
  'corrupt-root': { what: 'the folder of all programs is overwritten on the disk', image: overwriteFolder },
} as const satisfies Record<string, Breakage>;

export type BreakageName = keyof typeof BREAKAGES;

export const BREAKAGE_NAMES = Object.keys(BREAKAGES) as BreakageName[];

export function breakageNamed(name: BreakageName): Breakage {
  return BREAKAGES[name];
}

/** Throws `usage` for a name that is none of them. */
export function parseBreakage(text: string): BreakageName {
  const found = BREAKAGE_NAMES.find((name) => name === text);
  if (found !== undefined) return found;
  throw new BuildError('usage', `there is no --break ${text}; there are: ${BREAKAGE_NAMES.join(', ')}`);
}

/** An initial file system whose program does one thing instead of going over to the slot. */
function withInit(command: string): (tree: FileTree) => void {
  const script = `#!/bin/busybox sh\n/bin/busybox mount -t proc proc /proc\n${command}\n`;
  return (tree) => {
    tree.set('/proc', { kind: 'folder' });
    addFile(tree, '/init', script.replace(/^sleep/m, '/bin/busybox sleep'), PROGRAM);
  };
}

/** Bit rot: the checksums of ext4 no longer fit the blocks of /usr, so that nothing below it is found. */
async function overwriteFolder(image: string): Promise<void> {
  const blocks = (await mustRun('debugfs', ['-R', 'blocks /usr', image])).trim().split(/\s+/).map(Number);
  await using file = await open(image, 'r+');
  for (const block of blocks) await file.write(Buffer.alloc(BLOCK_BYTES, 0xa5), 0, BLOCK_BYTES, block * BLOCK_BYTES);
}
