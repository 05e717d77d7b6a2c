import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { type PackagesLock, readPackagesLock, writePackagesLock } from './packages-lock.ts';

const SHA256 = 'ab'.repeat(32);
const LOCK: PackagesLock = {
  suite: 'bookworm',
  time: 1_700_000_000,
  packages: [
    { name: 'zlib1g', version: '1:1.2.13.dfsg-1', architecture: 'arm64', bytes: 84_900, sha256: SHA256 },
    { name: 'u-boot-qemu', version: '2023.01+dfsg-2', architecture: 'all', bytes: 1_830_604, sha256: SHA256 },
  ],
};

test('what is locked is read back, one package a line', async (t) => {
  const file = await lockFile(t);
  await writePackagesLock(LOCK, file);
  assert.deepEqual(await readPackagesLock(file), LOCK);
  const lines = (await readFile(file, 'utf8')).split('\n');
  assert.equal(lines.filter((line) => line.includes('sha256')).length, LOCK.packages.length);
});

test('a lock that names a path or a short sum is none', async (t) => {
  const file = await lockFile(t);
  for (const change of [{ name: '../etc/passwd' }, { sha256: 'ab' }, { version: '1 2' }]) {
    const packages = [{ ...LOCK.packages[0], ...change }];
    await writeFile(file, JSON.stringify({ ...LOCK, packages }));
    await assert.rejects(readPackagesLock(file), { code: 'packages-lock-unreadable' });
  }
});

test('the lock of the reference device is one', async () => {
  const { packages } = await readPackagesLock();
  for (const name of ['swupdate', 'busybox-static', 'u-boot-qemu', 'libubootenv-tool'])
    assert.ok(
      packages.some((one) => one.name === name),
      name,
    );
});

async function lockFile(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'packages-lock-'));
  t.after(() => rm(folder, { recursive: true }));
  return path.join(folder, 'packages.lock.json');
}
