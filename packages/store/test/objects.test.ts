import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { openDiskObjects } from '../src/objects/disk-objects.ts';
import type { ObjectStore } from '../src/objects/object-store.ts';
import { sweepObjects } from '../src/objects/sweep-objects.ts';
import { diskObjects } from './disk-objects.ts';
import { runAndKill } from './killed-child.ts';
import { anIncomingFile, objectsContract } from './objects-contract.ts';
import { aSqliteStore } from './store-under-test.ts';

const KILLS = 6;
const ADOPTING_CHILD = new URL('./commands/adopting-child.ts', import.meta.url);

objectsContract('objects on disk', diskObjects);

test('a process that is killed leaves whole objects only, and all that it was answered', async () => {
  await using disk = await diskObjects();
  const answered: string[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const until = { lines: 3, milliseconds: Math.random() * 60 };
    answered.push(...(await runAndKill(ADOPTING_CHILD, [disk.folder, disk.incoming], until)));
  }
  const listed = new Set((await Array.fromAsync(disk.objects.list())).map(({ sha256 }) => sha256));
  for (const sha256 of listed) assert.equal(await hashOf(disk.objects, sha256), sha256);
  assert.deepEqual(
    answered.filter((sha256) => !listed.has(sha256)),
    [],
  );
});

test('an object that a dying process had set aside is there again', async () => {
  await using disk = await diskObjects();
  const { sha256, file } = await anIncomingFile(disk.incoming, 10);
  await disk.objects.adopt(1, sha256, file);
  const aside = path.join(disk.folder, 'aside', `1.${sha256}.x`);
  await rename(path.join(disk.folder, '1', sha256.slice(0, 2), sha256), aside);
  const objects = await openDiskObjects(disk.folder);
  assert.equal((await Array.fromAsync(objects.list())).length, 1);
  assert.deepEqual(await readdir(path.join(disk.folder, 'aside')), []);
});

test('a file that is no object is not listed', async () => {
  await using disk = await diskObjects();
  await mkdir(path.join(disk.folder, 'lost+found'));
  await mkdir(path.join(disk.folder, '1', 'aa', 'no-hash'), { recursive: true });
  assert.deepEqual(await Array.fromAsync(disk.objects.list()), []);
});

test('the sweep removes an old object without an artifact, and no other', async () => {
  await using disk = await diskObjects();
  await using store = await aSqliteStore();
  const { objects } = disk;
  const [named, orphan, young] = await Promise.all([10, 20, 30].map((size) => anIncomingFile(disk.incoming, size)));
  assert.ok(named && orphan && young);
  for (const { sha256, file } of [named, orphan, young]) await objects.adopt(1, sha256, file);
  await disk.makeOld(1, named.sha256);
  await disk.makeOld(1, orphan.sha256);
  const tenant = await store.commands.run('tenant.add', { name: 'one' });
  assert.equal(tenant, 1);
  await store.commands.run('artifact.add', { tenant, sha256: named.sha256 });
  assert.equal(await sweepObjects(objects, store.longReader, { now: Date.now() }), 1);
  const left = (await Array.fromAsync(objects.list())).map(({ sha256 }) => sha256);
  assert.deepEqual(left.toSorted(), [named.sha256, young.sha256].toSorted());
});

async function hashOf(objects: ObjectStore, sha256: string): Promise<string> {
  await using object = await objects.open(1, sha256);
  const buffer = Buffer.alloc(object.size);
  await object.read(buffer, 0);
  return createHash('sha256').update(buffer).digest('hex');
}
