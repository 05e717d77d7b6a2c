import { createHash } from 'node:crypto';
import { mkdtemp, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BuildError } from './build-error.ts';
import { type FileTree, inOrder, type TreeEntry } from './file-tree.ts';
import { mustRun, programFailed, runProgram } from './host-program.ts';

export type Ext4Wish = {
  readonly label: string;
  readonly tree: FileTree;
  /** Seconds since 1970; every time in the file system is this one. */
  readonly time: number;
  /** The image has this size; without it, that which the tree needs, in whole MiB. */
  readonly sizeBytes?: number;
};

const MIB = 1024 * 1024;
const INODE_BYTES = 256;
const BLOCK_BYTES = 4096;
/** Small file systems would lose much to large blocks. */
const SMALL_BLOCK_BYTES = 1024;
const SMALL_IMAGE_BYTES = 4 * MIB;
/** Inodes that every ext4 keeps for itself, and lost+found. */
const RESERVED_INODES = 12;
/** mke2fs rounds their number down to one of these. */
const INODES_MULTIPLE = 8;
/** Superblocks, bitmaps and block maps: a share of what the files take, and something fixed. */
const OVERHEAD_SHARE = 0.01;
const OVERHEAD_BYTES = MIB;

/** What U-Boot's reader and the kernel both know, and no journal: these file systems are only ever read. */
const FEATURES = 'none,extent,filetype,sparse_super,large_file,metadata_csum';

/**
 * Writes an ext4 file system of a tree to `image`, bit for bit the same from the same tree: identifiers and hash seed come from the label, and
 * all entries are made in one order by debugfs, so that neither the machine's directories nor its clock nor its users show.
 * The file is sparse, and appears whole or not at all.
 */
export async function makeExt4Image(image: string, wish: Ext4Wish): Promise<void> {
  const sizeBytes = wish.sizeBytes ?? (await neededBytes(wish.tree));
  const folder = await mkdtemp(path.join(path.dirname(path.resolve(image)), `.${path.basename(image)}-`));
  try {
    const part = path.join(folder, 'image');
    await using file = await open(part, 'wx');
    await file.truncate(sizeBytes);
    await format(part, sizeBytes, wish);
    await fill(part, folder, wish);
    await rename(part, image);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Empty file systems of a fixed size in the tools' own words. */
async function format(part: string, sizeBytes: number, { label, tree, time }: Ext4Wish): Promise<void> {
  const id = identifier(label);
  const blockBytes = blockBytesOf(sizeBytes);
  const inodes = String(Math.ceil((tree.size + RESERVED_INODES) / INODES_MULTIPLE) * INODES_MULTIPLE);
  const layout = ['-t', 'ext4', '-b', String(blockBytes), '-I', String(INODE_BYTES), '-N', inodes, '-m', '0'];
  const names = ['-L', label, '-U', id, '-E', `hash_seed=${id},root_owner=0:0,lazy_itable_init=0,nodiscard`];
  await mustRun('mke2fs', ['-q', '-F', ...layout, '-O', FEATURES, ...names, part], { environment: environment(time) });
}

/** Copies the tree in. debugfs ends with 0 whatever happens; what it says beside its banner is a failure. */
async function fill(part: string, folder: string, { tree, time, label }: Ext4Wish): Promise<void> {
  const commands: string[] = [];
  let count = 0;
  for (const [place, entry] of inOrder(tree)) {
    let source = '';
    if (entry.kind === 'file') {
      source = entry.content instanceof Uint8Array ? path.join(folder, String((count += 1))) : entry.content.source;
      if (entry.content instanceof Uint8Array) await writeFile(source, entry.content);
    }
    commands.push(...commandsFor(place, entry, source));
  }
  const script = path.join(folder, 'commands');
  await writeFile(script, `${commands.join('\n')}\n`);
  const { exitCode, stderr } = await runProgram('debugfs', ['-w', '-f', script, part], {
    environment: environment(time),
  });
  const complaint = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('debugfs '));
  if (complaint.some((line) => line.includes('Could not allocate')))
    throw new BuildError('image-too-large', `the files of ${label} do not fit into its partition`);
  if (exitCode !== 0 || complaint.length > 0) throw programFailed('debugfs', exitCode, complaint.join('\n'));
}

function commandsFor(place: string, entry: TreeEntry, source: string): readonly string[] {
  const target = quoted(place);
  if (entry.kind === 'folder') return [`mkdir ${target}`];
  if (entry.kind === 'link') return [`symlink ${target} ${quoted(entry.target)}`];
  const mode = (0o100000 | entry.mode).toString(8);
  return [`write ${quoted(source)} ${target}`, `set_inode_field ${target} mode 0${mode}`];
}

function quoted(text: string): string {
  if (/["\n\\]/.test(text))
    throw new BuildError('file-missing', `${JSON.stringify(text)} cannot be a file's name here`);
  return `"${text}"`;
}

/** A time for the file system's tools, and no settings of this machine for new file systems. */
function environment(time: number): Record<string, string> {
  return { E2FSPROGS_FAKE_TIME: String(time), MKE2FS_CONFIG: '/dev/null', DEBUGFS_PAGER: 'cat' };
}

async function neededBytes(tree: FileTree): Promise<number> {
  let bytes = 0;
  for (const entry of tree.values()) bytes += INODE_BYTES + (await contentBytes(entry));
  return Math.ceil((bytes * (1 + OVERHEAD_SHARE) + OVERHEAD_BYTES) / MIB) * MIB;
}

async function contentBytes(entry: TreeEntry): Promise<number> {
  if (entry.kind !== 'file') return BLOCK_BYTES;
  const { content } = entry;
  const bytes = content instanceof Uint8Array ? content.length : (await stat(content.source)).size;
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
}

function blockBytesOf(sizeBytes: number): number {
  return sizeBytes <= SMALL_IMAGE_BYTES ? SMALL_BLOCK_BYTES : BLOCK_BYTES;
}

/** A UUID (version 8, RFC 9562) that a label always has. */
export function identifier(label: string): string {
  const hex = createHash('sha256').update(`updraft reference device: ${label}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
