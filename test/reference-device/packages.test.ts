import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { fetchPackages } from '../../reference-device/src/image/package-cache.ts';
import { readPackagesLock } from '../../reference-device/src/image/packages-lock.ts';

test('a locked version that Debian no longer has is named, and the current one takes its place in this run', async (t) => {
  await emptyCache(t);
  const { suite, time, packages } = await readPackagesLock();
  const current = packages.find(({ name }) => name === 'zlib1g');
  assert.ok(current !== undefined);
  const gone = { ...current, version: '1:1.2.3-gone', sha256: 'ab'.repeat(32) };
  const fetched = await fetchPackages({ suite, time, packages: [gone] }, () => undefined);
  assert.deepEqual(
    fetched.replacements.map(({ locked, taken }) => [locked.version, taken.name]),
    [[gone.version, 'zlib1g']],
  );
  assert.deepEqual(
    fetched.packages.map(({ name, version }) => [name, version === gone.version]),
    [['zlib1g', false]],
  );
});

test('a package whose bytes are not those of the lock is refused', async (t) => {
  const cache = await emptyCache(t);
  const { suite, time, packages } = await readPackagesLock();
  const [one] = packages;
  assert.ok(one !== undefined);
  const folder = path.join(cache, 'updraft', 'packages');
  await mkdir(folder, { recursive: true });
  const file = `${one.name}_${one.version.replaceAll(':', '%3a')}_${one.architecture}.deb`;
  await writeFile(path.join(folder, file), 'something else');
  await assert.rejects(
    fetchPackages({ suite, time, packages: [one] }, () => undefined),
    { code: 'checksum-differs' },
  );
});

/** A cache of this test alone. */
async function emptyCache(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'packages-'));
  const before = process.env['XDG_CACHE_HOME'];
  process.env['XDG_CACHE_HOME'] = folder;
  t.after(async () => {
    if (before === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = before;
    await rm(folder, { recursive: true });
  });
  return folder;
}
