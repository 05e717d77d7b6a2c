import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { programsOrSkip } from '../programs/debian.ts';
import { makeAesKey, makeSigningKey } from './certificates.ts';
import { hashOf, makeImage } from './slot-image.ts';
import { DEVICE_PROGRAMS, SwupdateDevice } from './swupdate-device.ts';
import { FAILING_SCRIPT, makeSwu, type SwuRecipe } from './swu.ts';

const IMAGE_BYTES = 64 * 1024;
/** A run of SWUpdate is a second of waiting. */
const LIMITS = { timeout: 240_000, concurrency: 6 };
const OLD = Buffer.alloc(IMAGE_BYTES);

test('a bundle of every form is accepted and lands in the slot that does not run', LIMITS, async (t) => {
  await using bench = await openBench(t);
  if (bench === undefined) return;
  const { aesKey, image } = bench;
  const forms: Record<string, Partial<SwuRecipe>> = {
    'cpio crc': { format: 'crc' },
    'cpio newc': { format: 'newc' },
    'signed with RSA': { signer: bench.rsaSigner },
    'zlib and installed directly': { compressed: 'zlib', installedDirectly: true },
    'zstd and encrypted': { compressed: 'zstd', encryptedWith: aesKey },
    'with a script': { script: '#!/bin/sh\nexit 0\n' },
  };
  const checks = Object.entries(forms).map(([form, recipe]) =>
    t.test(form, async () => {
      await using device = await bench.device();
      const file = await bench.bundle(device, recipe);
      const check = await device.check(file);
      assert.deepEqual([check.successful, check.errors], [true, []]);
      assert.equal(await device.slotHash('B'), hashOf(OLD));
      const install = await device.install(file);
      assert.deepEqual([install.successful, install.errors], [true, []]);
      assert.equal(await device.slotHash('B'), hashOf(image));
      assert.equal(await device.slotHash('A'), hashOf(OLD));
      assert.equal((await device.printenv())['ustate'], '1');
    }),
  );
  await Promise.all(checks);
});

test('a bundle that is refused says why and changes no slot', LIMITS, async (t) => {
  await using bench = await openBench(t);
  if (bench === undefined) return;
  const refusals: Record<string, { readonly recipe: Partial<SwuRecipe>; readonly error: RegExp }> = {
    tampered: { recipe: { tampered: true }, error: /HASH mismatch/ },
    unsigned: { recipe: { signer: undefined }, error: /Image invalid or corrupted/ },
    'signed by another': { recipe: { signer: bench.stranger }, error: /Authentication of all signatures failed/ },
    'for other hardware': { recipe: { hardwareRevisions: ['9.9'] }, error: /SW not compatible with hardware/ },
  };
  const checks = Object.entries(refusals).map(([name, { recipe, error }]) =>
    t.test(name, async () => {
      await using device = await bench.device();
      const file = await bench.bundle(device, recipe);
      for (const verdict of [await device.check(file), await device.install(file)]) {
        assert.equal(verdict.successful, false);
        assert.match(verdict.errors.join('\n'), error);
      }
      assert.equal(await device.slotHash('B'), hashOf(OLD));
      assert.equal((await device.printenv())['ustate'], '0');
    }),
  );
  await Promise.all(checks);
});

test('a failing script fails the installation, though the check accepted the bundle', LIMITS, async (t) => {
  await using bench = await openBench(t);
  if (bench === undefined) return;
  await using device = await bench.device();
  const file = await bench.bundle(device, { script: FAILING_SCRIPT });
  assert.equal((await device.check(file)).successful, true);
  const install = await device.install(file);
  assert.equal(install.successful, false);
  assert.match(install.errors.join('\n'), /execute postinstall scripts failed/);
  if (device.isolation !== 'none') assert.equal((await device.printenv())['ustate'], '3');
});

/** A folder with keys, and devices that trust two of the three signers; undefined after a skip. */
async function openBench(t: TestContext) {
  if (programsOrSkip(t, [...DEVICE_PROGRAMS, 'openssl', 'cpio']) === undefined) return undefined;
  const folder = await mkdtemp(path.join(os.tmpdir(), 'bench-'));
  const [signer, rsaSigner, stranger, aesKey] = await Promise.all([
    makeSigningKey(folder),
    makeSigningKey(folder, { name: 'rsa', kind: 'rsa-2048' }),
    makeSigningKey(folder, { name: 'stranger' }),
    makeAesKey(folder),
  ]);
  const image = makeImage('2.0.0', IMAGE_BYTES);
  const device = (): Promise<SwupdateDevice> =>
    SwupdateDevice.create({
      name: 'gw-1',
      serverUrl: 'https://127.0.0.1:1',
      aesKeyFile: aesKey.file,
      slots: { A: OLD, B: OLD },
      signingCertificates: [signer.certificateFile, rsaSigner.certificateFile],
    });
  const bundle = async ({ slotPaths, folder: own }: SwupdateDevice, recipe: Partial<SwuRecipe>): Promise<string> => {
    const file = path.join(own, 'bundle.swu');
    await makeSwu(file, { version: '2.0.0', image, slotPaths, hardwareRevisions: ['1.0'], signer, ...recipe });
    return file;
  };
  const close = (): Promise<void> => rm(folder, { recursive: true });
  return { rsaSigner, stranger, aesKey, image, device, bundle, [Symbol.asyncDispose]: close };
}
