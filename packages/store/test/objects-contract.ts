import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { ObjectStore } from '../src/objects/object-store.ts';

export type ObjectsUnderTest = AsyncDisposable & {
  readonly objects: ObjectStore;
  /** A folder from which files can be adopted. */
  readonly incoming: string;
  /** Makes an object look as if it had been adopted a day ago. */
  readonly makeOld: (tenant: number, sha256: string) => Promise<void>;
};

/** What every object store promises. Each implementation runs it. */
export function objectsContract(name: string, create: () => Promise<ObjectsUnderTest>): void {
  const objectTest = (title: string, body: (under: ObjectsUnderTest) => Promise<void>): void => {
    void test(`${name}: ${title}`, async () => {
      await using under = await create();
      await body(under);
    });
  };

  objectTest('an adopted file is read back from any position', async ({ objects, incoming }) => {
    const { bytes, sha256, file } = await anIncomingFile(incoming, 100_000);
    await objects.adopt(1, sha256, file);
    await using object = await objects.open(1, sha256);
    assert.equal(object.size, bytes.length);
    const buffer = Buffer.alloc(1000);
    assert.equal(await object.read(buffer, 99_500), 500);
    assert.deepEqual(buffer.subarray(0, 500), bytes.subarray(99_500));
    assert.equal(await object.read(buffer, 100_000), 0);
  });

  objectTest('an empty file is an object', async ({ objects, incoming }) => {
    const { sha256, file } = await anIncomingFile(incoming, 0);
    await objects.adopt(1, sha256, file);
    await using object = await objects.open(1, sha256);
    assert.equal(object.size, 0);
  });

  objectTest('what is there may be adopted again, with its file and without', async ({ objects, incoming }) => {
    const { bytes, sha256, file } = await anIncomingFile(incoming, 10);
    await objects.adopt(1, sha256, file);
    await objects.adopt(1, sha256, file);
    await writeFile(file, bytes);
    await objects.adopt(1, sha256, file);
    assert.deepEqual(await namesOf(objects), [`1/${sha256}`]);
  });

  objectTest('tenants do not see each other’s objects', async ({ objects, incoming }) => {
    const { sha256, file } = await anIncomingFile(incoming, 10);
    await objects.adopt(1, sha256, file);
    await assert.rejects(objects.open(2, sha256), { code: 'object-missing' });
  });

  objectTest('a file that is not there cannot be adopted', async ({ objects, incoming }) => {
    const { sha256, file } = await anIncomingFile(incoming, 10);
    await rm(file);
    await assert.rejects(objects.adopt(1, sha256, file));
    await assert.rejects(objects.open(1, sha256), { code: 'object-missing' });
  });

  objectTest('a name that is no hash leads nowhere', async ({ objects, incoming }) => {
    const { file } = await anIncomingFile(incoming, 10);
    for (const wrong of ['../../etc/passwd', '', 'A'.repeat(64), 'a'.repeat(63)])
      await assert.rejects(async () => objects.adopt(1, wrong, file), TypeError);
  });

  objectTest('an object adopted before a time is removed, a younger one stays', async ({ objects, incoming }) => {
    const { sha256, file } = await anIncomingFile(incoming, 10);
    await objects.adopt(1, sha256, file);
    const [listed] = await Array.fromAsync(objects.list());
    const adoptedAt = listed?.adoptedAt ?? 0;
    assert.equal(await objects.removeIfOlder(1, sha256, adoptedAt), false);
    assert.equal(await objects.removeIfOlder(1, sha256, adoptedAt + 1), true);
    assert.equal(await objects.removeIfOlder(1, sha256, adoptedAt + 1), false);
    assert.deepEqual(await namesOf(objects), []);
  });

  objectTest('an object that is being read is read to its end, also when it is removed', async (under) => {
    const { bytes, sha256, file } = await anIncomingFile(under.incoming, 1000);
    await under.objects.adopt(1, sha256, file);
    await using object = await under.objects.open(1, sha256);
    await under.objects.removeIfOlder(1, sha256, Number.MAX_SAFE_INTEGER);
    const buffer = Buffer.alloc(1000);
    assert.equal(await object.read(buffer, 0), 1000);
    assert.deepEqual(buffer, bytes);
  });

  objectTest('an adoption that meets a removal leaves the object', async ({ objects, incoming, makeOld }) => {
    const { bytes, sha256, file } = await anIncomingFile(incoming, 10);
    await objects.adopt(1, sha256, file);
    for (let round = 0; round < 100; round += 1) {
      await makeOld(1, sha256);
      await writeFile(file, bytes);
      const anHourAgo = Date.now() - 3_600_000;
      await Promise.all([objects.removeIfOlder(1, sha256, anHourAgo), objects.adopt(1, sha256, file)]);
      await using object = await objects.open(1, sha256);
      assert.equal(object.size, 10);
    }
  });
}

export async function anIncomingFile(folder: string, size: number) {
  const bytes = randomBytes(size);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const file = path.join(folder, `${sha256}.upload`);
  await writeFile(file, bytes);
  return { bytes, sha256, file };
}

async function namesOf(objects: ObjectStore): Promise<readonly string[]> {
  return (await Array.fromAsync(objects.list())).map(({ tenant, sha256 }) => `${tenant}/${sha256}`).toSorted();
}
