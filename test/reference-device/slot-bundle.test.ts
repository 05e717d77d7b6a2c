import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { runSwupdate } from '../../packages/bundles/test/real-programs.ts';
import { slotBundleArguments } from '../../reference-device/src/image/slot-bundle.ts';
import { makeAesKey, makeSigningKey } from '../devices/certificates.ts';
import { programsOrSkip } from '../programs/debian.ts';
import { mustRun } from '../programs/run-program.ts';

const LAUNCHER = path.join(import.meta.dirname, '..', '..', 'bin', 'updraft');
const HWREVISION = path.join(import.meta.dirname, '..', '..', 'reference-device', 'rootfs', 'etc', 'hwrevision');
const IMAGE_BYTES = 64 * 1024;
const EMPTY = Buffer.alloc(IMAGE_BYTES);

for (const [form, isCompressed, isEncrypted] of [
  ['as it is', false, false],
  ['compressed and encrypted', true, true],
] as const) {
  test(`the bundle of a slot, ${form}, lands in the slot that was asked for and in no other`, async (t) => {
    const bench = await openBench(t);
    if (bench === undefined) return;
    const bundle = await bench.bundle({ isCompressed, ...(isEncrypted ? { aesKeyFile: bench.aesKeyFile } : {}) });
    const { good, log } = await bench.install(bundle, 'stable,slot-b');
    assert.ok(good, log);
    assert.deepEqual(await bench.slots(), { a: EMPTY, b: bench.image });
  });
}

test('a device whose hardware is another refuses the bundle of a slot', async (t) => {
  const bench = await openBench(t);
  if (bench === undefined) return;
  const bundle = await bench.bundle({ isCompressed: true, hardware: 'updraft-reference:2.0' });
  const { good, log } = await bench.install(bundle, 'stable,slot-b');
  assert.equal(good, false, log);
  assert.deepEqual(await bench.slots(), { a: EMPTY, b: EMPTY });
});

/** Keys, a small image, and two files in place of a device's slots; undefined after a skip. */
async function openBench(t: TestContext) {
  if (programsOrSkip(t, ['swupdate', 'openssl']) === undefined) return undefined;
  const folder = await mkdtemp(path.join(os.tmpdir(), 'slot-bundle-'));
  t.after(() => rm(folder, { recursive: true }));
  const partitions = path.join(folder, 'part');
  await mkdir(partitions);
  for (const slot of ['a', 'b']) await writeFile(path.join(partitions, `slot-${slot}`), EMPTY);
  const image = randomBytes(IMAGE_BYTES);
  const slotImage = path.join(folder, 'slot.ext4');
  await writeFile(slotImage, image);
  const [signer, aesKey] = [await makeSigningKey(folder), await makeAesKey(folder)];
  const board = (await readFile(HWREVISION, 'utf8')).trim().replace(' ', ':');
  const output = path.join(folder, 'slot.swu');
  return {
    image,
    aesKeyFile: aesKey.file,
    bundle: async (form: { isCompressed: boolean; aesKeyFile?: string; hardware?: string }): Promise<string> => {
      const files = { slotImage, keyFile: signer.keyFile, certificateFile: signer.certificateFile, output, partitions };
      const args = slotBundleArguments({ version: '2.0.0', ...files, ...form });
      await mustRun(process.execPath, [LAUNCHER, 'bundle', 'create', ...args]);
      return output;
    },
    install: (bundle: string, selection: string) => {
      const trust = ['-k', signer.certificateFile, '-K', aesKey.file, '-H', board];
      return runSwupdate([...trust, '-e', selection, '-i', bundle]);
    },
    slots: async () => ({
      a: await readFile(path.join(partitions, 'slot-a')),
      b: await readFile(path.join(partitions, 'slot-b')),
    }),
  };
}
