import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { addFile, addLink, type FileTree } from './file-tree.ts';
import { makeInitrd } from './initrd.ts';

test('an initial file system names folders before what lies in them, whatever the order in which they came', async () => {
  const tree: FileTree = new Map();
  addFile(tree, '/lib/modules/x.ko', 'module');
  addLink(tree, '/bin/sh', 'busybox');
  addFile(tree, '/bin/busybox', 'program', 0o755);
  const members = membersOf(gunzipSync(await makeInitrd(tree)));
  assert.deepEqual(members, [
    { name: 'bin', mode: 0o040755, content: '' },
    { name: 'bin/busybox', mode: 0o100755, content: 'program' },
    { name: 'bin/sh', mode: 0o120777, content: 'busybox' },
    { name: 'lib', mode: 0o040755, content: '' },
    { name: 'lib/modules', mode: 0o040755, content: '' },
    { name: 'lib/modules/x.ko', mode: 0o100644, content: 'module' },
  ]);
});

test('the same tree makes the same bytes, in whatever order it was filled', async () => {
  const [one, other]: FileTree[] = [new Map(), new Map()];
  for (const name of ['/a', '/b']) addFile(one as FileTree, name, name);
  for (const name of ['/b', '/a']) addFile(other as FileTree, name, name);
  assert.deepEqual(await makeInitrd(one as FileTree), await makeInitrd(other as FileTree));
});

/** cpio(5), "New ASCII Format". */
function membersOf(archive: Buffer): readonly { name: string; mode: number; content: string }[] {
  const members = [];
  for (let at = 0; ;) {
    const field = (index: number): number =>
      Number.parseInt(archive.toString('latin1', at + 6 + 8 * index, at + 14 + 8 * index), 16);
    const [mode, size, nameBytes] = [field(1), field(6), field(11)];
    const name = archive.toString('latin1', at + 110, at + 110 + nameBytes - 1);
    const start = Math.ceil((at + 110 + nameBytes) / 4) * 4;
    if (name === 'TRAILER!!!') return members;
    members.push({ name, mode, content: archive.toString('latin1', start, start + size) });
    at = Math.ceil((start + size) / 4) * 4;
  }
}
