import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { globSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { runSwupdate } from '../../packages/bundles/test/real-programs.ts';
import { ENVIRONMENT_NAMES } from '../../reference-device/src/boot/environment.ts';
import { makeSigningKey } from '../devices/certificates.ts';
import { programsOrSkip } from '../programs/debian.ts';
import { mustRun } from '../programs/run-program.ts';

const DEVICE = path.join(import.meta.dirname, '..', '..', 'reference-device');
const RECIPES = path.join(DEVICE, 'recipes');
const LAUNCHER = path.join(import.meta.dirname, '..', '..', 'bin', 'updraft');
const PROGRAMS = [
  'swupdate',
  'openssl',
  'cpio',
  'zstd',
  'genimage',
  'mkimage',
  'mkenvimage',
  'sfdisk',
  'mke2fs',
] as const;
const IMAGE_BYTES = 64 * 1024;
const PARTITIONS = ['boot', 'env', 'env2', 'slot-a', 'slot-b', 'data'];
const SELECTIONS = ['stable,slot-a', 'stable,slot-b'];

test('the scripts of the recipes are scripts of sh', async () => {
  const scripts = globSync('**/*.sh', { cwd: RECIPES });
  assert.ok(scripts.length > 0);
  for (const script of scripts) await mustRun('sh', ['-n', path.join(RECIPES, script)]);
});

test("Buildroot's last script makes the partitions of the reference device, and a bundle that SWUpdate takes for either slot", async (t) => {
  const bench = await openBench(t);
  if (bench === undefined) return;
  const { folder, programs, signer, check } = bench;
  const image = randomBytes(IMAGE_BYTES);
  await writeFile(path.join(folder, 'rootfs.ext4'), image);
  const environment = { UPDRAFT_VERSION: '2.0.0', UPDRAFT_KEY: signer.keyFile, UPDRAFT_CERT: signer.certificateFile };
  await mustRun(path.join(RECIPES, 'buildroot', 'board', 'post-image.sh'), [folder], {
    environment: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin`, ...environment },
  });
  await check(path.join(folder, 'slot-2.0.0.swu'));
  const table = await mustRun(programs.sfdisk, ['--dump', path.join(folder, 'disk.img')]);
  assert.deepEqual(
    [...table.matchAll(/name="([^"]*)"/g)].map(([, name]) => name),
    PARTITIONS,
  );
});

test("Yocto's description of a bundle, filled in as its class does, is one that SWUpdate takes for either slot", async (t) => {
  const bench = await openBench(t);
  if (bench === undefined) return;
  const { folder, signer, check } = bench;
  const at = (name: string): string => path.join(folder, name);
  await writeFile(at('slot.ext4'), randomBytes(IMAGE_BYTES));
  await mustRun('zstd', ['-q', at('slot.ext4')]);
  const template = await readFile(path.join(RECIPES, 'yocto/recipes-core/images/sw-description'), 'utf8');
  const sum = createHash('sha256')
    .update(await readFile(at('slot.ext4.zst')))
    .digest('hex');
  const text = template.replace('@@UPDRAFT_VERSION@@', '2.0.0').replaceAll('$swupdate_get_sha256(slot.ext4.zst)', sum);
  assert.doesNotMatch(text, /[@$]/);
  await writeFile(at('sw-description'), text);
  const files = ['-in', at('sw-description'), '-out', at('sw-description.sig')];
  const signing = ['-signer', signer.certificateFile, '-inkey', signer.keyFile, '-outform', 'DER'];
  await mustRun('openssl', ['cms', '-sign', ...files, ...signing, '-nosmimecap', '-binary']);
  const bundle = at('yocto.swu');
  const input = 'sw-description\nsw-description.sig\nslot.ext4.zst\n';
  await mustRun('cpio', ['-o', '--quiet', '-H', 'crc', '-F', bundle], { folder, input });
  await check(bundle);
});

test("the partitions of Yocto's disk are those of the reference device", async () => {
  const text = await readFile(path.join(RECIPES, 'yocto/wic/updraft-gateway.wks'), 'utf8');
  assert.deepEqual(
    [...text.matchAll(/--part-name (\S+)/g)].map(([, name]) => name),
    PARTITIONS,
  );
});

test('a recipe sets the boot variables that the boot script reads, and no other', async () => {
  for (const file of globSync('**/sw-description', { cwd: RECIPES })) {
    const text = await readFile(path.join(RECIPES, file), 'utf8');
    const names = [...text.matchAll(/name = "(\w+)"; value/g)].map(([, name = '']) => name);
    assert.deepEqual([...new Set(names)], ['slot', 'upgrade_available', 'bootcount'], file);
    assert.deepEqual(
      names.filter((name) => !ENVIRONMENT_NAMES.some((known) => known === name)),
      [],
    );
  }
});

test('the boot script of a board without initial file system reads none, and with eMMC speaks of no other disk', async () => {
  const bootScript = path.join(DEVICE, 'boot', 'boot.cmd');
  const slot = await mustRun('sed', ['-f', path.join(RECIPES, 'slot.sed'), bootScript]);
  assert.doesNotMatch(slot, /initrd\.img|initrd_bytes/);
  assert.match(slot, /\$\{booti\} \$\{kernel_addr_r\} - \$\{fdt_addr\}/);
  const board = await mustRun('sed', ['-f', path.join(RECIPES, 'board.sed')], { input: slot });
  assert.doesNotMatch(board, /virtio|0x40100f/);
  assert.match(board, /^mmc dev \$\{devnum\}$/m);
});

test('what a recipe takes from another place lies there', async () => {
  const defconfig = await readFile(path.join(RECIPES, 'buildroot/configs/updraft_gateway_defconfig'), 'utf8');
  for (const [, file = ''] of defconfig.matchAll(/\$\(BR2_EXTERNAL_UPDRAFT_PATH\)\/([^"]+)"/g))
    await readPlace(path.join(RECIPES, 'buildroot', file));
  for (const file of globSync('yocto/**/*.{bb,bbappend}', { cwd: RECIPES })) {
    const text = await readFile(path.join(RECIPES, file), 'utf8');
    for (const [, place = ''] of text.matchAll(/\$\{UPDRAFT_DEVICE\}\/([\w./-]+\w)/g))
      await readPlace(path.join(DEVICE, place));
    if (file.endsWith('.bbappend'))
      for (const [, name = ''] of text.matchAll(/file:\/\/(\S+\.cfg)/g))
        await readPlace(path.join(RECIPES, 'fragments', name));
  }
});

async function readPlace(place: string): Promise<void> {
  assert.ok(globSync(place).length === 1, `${place} is not there`);
}

/** A folder and a signer; `check` asks our own reader and the real SWUpdate about a bundle, for each slot. */
async function openBench(t: TestContext) {
  const programs = programsOrSkip(t, PROGRAMS);
  if (programs === undefined) return undefined;
  const folder = await mkdtemp(path.join(os.tmpdir(), 'recipe-'));
  t.after(() => rm(folder, { recursive: true }));
  const signer = await makeSigningKey(folder);
  const hardware = (await readFile(path.join(DEVICE, 'rootfs/etc/hwrevision'), 'utf8')).trim().replace(' ', ':');
  const check = async (bundle: string): Promise<void> => {
    for (const selection of SELECTIONS) {
      const wish = ['--cert', signer.certificateFile, '--hardware', hardware, '--selection', selection];
      await mustRun(process.execPath, [LAUNCHER, 'bundle', 'verify', bundle, ...wish]);
      const { good, log } = await runSwupdate([
        '-c',
        '-k',
        signer.certificateFile,
        '-H',
        hardware,
        '-e',
        selection,
        '-i',
        bundle,
      ]);
      assert.ok(good, log);
    }
  };
  return { folder, programs, signer, check };
}
