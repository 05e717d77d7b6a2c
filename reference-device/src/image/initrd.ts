import { gzipSync } from 'node:zlib';
import { type FileTree, inOrder, readTreeFile, type TreeEntry } from './file-tree.ts';

const MAGIC = '070701';
const TRAILER = 'TRAILER!!!';
const FOLDER_MODE = 0o040755;
const FILE_TYPE = 0o100000;
const LINK_MODE = 0o120777;
const ALIGNMENT = 4;

/** The fastest to unpack on a small device is what matters here; the level changes little. */
const GZIP_LEVEL = 6;

/** The initial file system as the kernel takes it: a cpio of a tree (cpio(5), "New ASCII Format"), gzip around it; no times in either. */
export async function makeInitrd(tree: FileTree): Promise<Buffer> {
  const parts: Buffer[] = [];
  let inode = 0;
  for (const [place, entry] of inOrder(tree)) {
    inode += 1;
    const content = entry.kind === 'link' ? Buffer.from(entry.target) : await readTreeFile(tree, place);
    parts.push(member({ name: place.slice(1), mode: modeOf(entry), inode, content: content ?? Buffer.alloc(0) }));
  }
  parts.push(member({ name: TRAILER, mode: 0, inode: 0, content: Buffer.alloc(0) }));
  return gzipSync(Buffer.concat(parts), { level: GZIP_LEVEL });
}

type Member = {
  readonly name: string;
  readonly mode: number;
  readonly inode: number;
  readonly content: Uint8Array;
};

function member({ name, mode, inode, content }: Member): Buffer {
  const nameBytes = Buffer.from(`${name}\0`);
  const fields = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, nameBytes.length, 0];
  const header = Buffer.from(MAGIC + fields.map((field) => field.toString(16).padStart(8, '0')).join(''));
  const head = Buffer.concat([header, nameBytes]);
  return Buffer.concat([head, padding(head.length), content, padding(content.length)]);
}

function padding(bytes: number): Buffer {
  return Buffer.alloc((ALIGNMENT - (bytes % ALIGNMENT)) % ALIGNMENT);
}

function modeOf(entry: TreeEntry): number {
  if (entry.kind === 'folder') return FOLDER_MODE;
  return entry.kind === 'link' ? LINK_MODE : FILE_TYPE | entry.mode;
}
