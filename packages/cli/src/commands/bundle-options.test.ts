import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { aShell } from '../../test/a-shell.ts';
import { bundleInput } from './bundle-options.ts';
import type { ContentOptions } from './bundle-options.ts';

const BASE: ContentOptions = { version: '2', hardware: ['board-a:1.0'], type: 'raw', format: 'crc' };
const USAGE = { exit: 'usage' };

test('one image needs no name in front of its device', async () => {
  const { images } = await bundleInput({
    ...BASE,
    image: ['out/rootfs.img'],
    device: ['/dev/mmcblk0p2'],
    compress: 'zstd',
    installedDirectly: true,
  });
  assert.deepEqual(images, [
    { source: 'out/rootfs.img', type: 'raw', device: '/dev/mmcblk0p2', compress: 'zstd', installedDirectly: true },
  ]);
});

test('of several images each device says which', async () => {
  const { images } = await bundleInput({
    ...BASE,
    image: ['boot.img', 'rootfs.img'],
    device: ['rootfs.img=/dev/b', 'boot.img=/dev/a'],
  });
  assert.deepEqual(
    images?.map((one) => one.device),
    ['/dev/a', '/dev/b'],
  );
  await assert.rejects(bundleInput({ ...BASE, image: ['boot.img', 'rootfs.img'], device: ['/dev/b'] }), USAGE);
});

test('selections gather their devices and boot variables', async () => {
  const { selections, bootenv } = await bundleInput({
    ...BASE,
    image: ['rootfs.img'],
    selection: ['stable,a=/dev/a', 'stable,b=/dev/b'],
    bootenv: ['stable,b:slot=b=1', 'common=x'],
  });
  assert.deepEqual(selections, [
    { set: 'stable', mode: 'a', devices: { 'rootfs.img': '/dev/a' }, bootenv: [] },
    { set: 'stable', mode: 'b', devices: { 'rootfs.img': '/dev/b' }, bootenv: [{ name: 'slot', value: 'b=1' }] },
  ]);
  assert.deepEqual(bootenv, [{ name: 'common', value: 'x' }]);
});

test('files, archives and scripts get their handlers', async () => {
  const { files, scripts } = await bundleInput({
    ...BASE,
    file: ['a.conf=/etc/a.conf'],
    archive: ['app.tar=/opt/app'],
    script: ['pre.sh', 'check.lua'],
  });
  assert.deepEqual(
    files?.map((one) => [one.source, one.path, one.type]),
    [
      ['a.conf', '/etc/a.conf', 'rawfile'],
      ['app.tar', '/opt/app', 'archive'],
    ],
  );
  assert.deepEqual(
    scripts?.map((one) => one.type),
    ['shellscript', 'lua'],
  );
});

test('of a key file of SWUpdate the key is taken, and never its initial vector', async () => {
  const file = path.join(aShell().folder, 'aes.key');
  writeFileSync(file, `${'ab'.repeat(32)} ${'cd'.repeat(16)}\n`);
  const { images } = await bundleInput({ ...BASE, image: ['a.img'], encrypt: file });
  assert.deepEqual(images?.[0]?.encrypt, { key: 'ab'.repeat(32) });
  writeFileSync(file, 'no key');
  await assert.rejects(bundleInput({ ...BASE, image: ['a.img'], encrypt: file }), { code: 'key-unusable' });
});

for (const [what, wrong] of Object.entries({
  'no version': { version: undefined },
  'no hardware': { hardware: undefined },
  'hardware without a revision': { hardware: ['board-a'] },
  'a file that goes nowhere': { file: ['a.conf'] },
  'a boot variable without a value': { bootenv: ['slot'] },
  'a selection without a mode': { image: ['a.img'], selection: ['stable=/dev/a'] },
  'a comparison without a name': { image: ['a.img'], installIf: 'higher' },
})) {
  test(`${what} is wrong use`, async () => {
    await assert.rejects(bundleInput({ ...BASE, ...wrong } as ContentOptions), USAGE);
  });
}
