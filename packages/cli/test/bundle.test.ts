import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { programsOrSkip } from '../../../test/programs/debian.ts';
import { mustRun } from '../../../test/programs/run-program.ts';
import { aShell } from './a-shell.ts';

const IMAGE = Buffer.alloc(300_000, 'rootfs ');

/** A folder with an image and a key; `updraft` is run in process, with paths inside of it. */
async function aBench() {
  const shell = aShell({ env: { UPDRAFT_SERVER: '', UPDRAFT_TOKEN: '' } });
  const at = (name: string) => path.join(shell.folder, name);
  await writeFile(at('rootfs.img'), IMAGE);
  assert.equal(await shell.updraft('key', 'new', '--out-key', at('key'), '--out-cert', at('cert')), 0);
  const what = ['--image', at('rootfs.img'), '--version', '2.1.0', '--hardware', 'board-a:1.0', 'board-a:1.1'];
  const create = async (...more: string[]) => shell.updraft('bundle', 'create', ...what, ...more);
  const [out, err] = [lastOf(shell.out), lastOf(shell.err)];
  out();
  return { at, create, updraft: shell.updraft, out, err };
}

/** What was printed since the last look. */
function lastOf(text: () => string): () => string {
  let seen = 0;
  return () => {
    const fresh = text().slice(seen);
    seen = text().length;
    return fresh;
  };
}

async function aBundle() {
  const bench = await aBench();
  const { at } = bench;
  assert.equal(await bench.create('--key', at('key'), '--cert', at('cert'), '--out', at('os.swu')), 0, bench.err());
  bench.out();
  return bench;
}

test('a bundle that was made here is good, and tells what is in it', async () => {
  const { at, updraft, out } = await aBundle();
  assert.equal(await updraft('bundle', 'verify', at('os.swu'), '--cert', at('cert')), 0);
  assert.match(out(), /^good: /);
  assert.equal(await updraft('bundle', 'inspect', at('os.swu'), '--json'), 0);
  const inspection = JSON.parse(out());
  assert.deepEqual(
    [inspection.kind, inspection.version, inspection.components[0].filename, inspection.signers.length],
    ['swu', '2.1.0', 'rootfs.img', 1],
  );
  assert.equal(await updraft('bundle', 'inspect', at('os.swu')), 0);
  assert.match(out(), /board-a:1\.0.*board-a:1\.1[\s\S]*rootfs\.img: raw, 293\.0 KiB/);
});

test('a bad bundle has a code, one sentence and status 1', async () => {
  const { at, updraft, out } = await aBundle();
  const bytes = await readFile(at('os.swu'));
  bytes[bytes.indexOf('rootfs rootfs') + 100_000] = 0;
  await writeFile(at('altered.swu'), bytes);
  assert.equal(await updraft('bundle', 'verify', at('altered.swu'), '--cert', at('cert')), 1);
  assert.match(out(), /^bad \([a-z-]+\): .+\n$/);
  assert.equal(await updraft('key', 'new', '--out-key', at('other.key'), '--out-cert', at('other')), 0);
  out();
  assert.equal(await updraft('bundle', 'verify', at('os.swu'), '--cert', at('other'), '--json'), 1);
  const verdict = JSON.parse(out());
  assert.deepEqual([verdict.good, verdict.code], [false, 'signer-unknown']);
});

test('a bundle that is cut short is told of as far as it goes, with status 1', async () => {
  const { at, updraft, out } = await aBundle();
  await writeFile(at('cut.swu'), (await readFile(at('os.swu'))).subarray(0, 100_000));
  assert.equal(await updraft('bundle', 'inspect', at('cut.swu'), '--json'), 1);
  const { version, problems } = JSON.parse(out());
  assert.deepEqual([version, problems[0].code], ['2.1.0', 'truncated']);
  assert.equal(await updraft('bundle', 'verify', at('cut.swu'), '--cert', at('cert')), 1);
  assert.match(out(), /^bad \(truncated\)/);
});

test('several certificates may be trusted, in one file or in several, before or after the bundle', async () => {
  const { at, updraft, err } = await aBundle();
  await updraft('key', 'new', '--out-key', at('other.key'), '--out-cert', at('other'), '--algorithm', 'rsa-2048');
  await writeFile(at('both'), (await readFile(at('other'), 'utf8')) + (await readFile(at('cert'), 'utf8')));
  assert.equal(await updraft('bundle', 'verify', at('os.swu'), '--cert', at('both')), 0, err());
  assert.equal(await updraft('bundle', 'verify', at('os.swu'), '--cert', at('other'), at('cert')), 0);
  assert.equal(await updraft('bundle', 'verify', at('os.swu'), '--cert', at('other'), '--cert', at('cert')), 0);
  assert.equal(await updraft('bundle', 'verify', '--cert', at('cert'), at('os.swu')), 0);
});

for (const [what, file, status] of [
  ['a folder', '.', 2],
  ['nothing', 'nothing', 2],
  ['an empty file', 'empty', 1],
  ['a key', 'key', 1],
] as const) {
  test(`${what} in place of a bundle ends with status ${status}, a code, and no stack trace`, async () => {
    const { at, updraft, err, out } = await aBundle();
    await writeFile(at('empty'), '');
    for (const argv of [
      ['verify', at(file), '--cert', at('cert')],
      ['inspect', at(file)],
    ]) {
      err();
      assert.equal(await updraft('bundle', ...argv, '--json'), status);
      const told = JSON.parse(err() || out());
      assert.match(told.code, /^[a-z-]+$/);
      assert.doesNotMatch(told.message ?? told.sentence, /\n\s+at |node:/);
    }
  });
}

for (const [what, content] of [
  ['an empty file', ''],
  ['a text', 'hello'],
  ['a broken certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
] as const) {
  test(`${what} in place of a certificate is wrong use`, async () => {
    const { at, updraft, err } = await aBundle();
    await writeFile(at('wrong'), content);
    assert.equal(await updraft('bundle', 'verify', at('os.swu'), '--cert', at('wrong'), '--json'), 2);
    assert.equal(JSON.parse(err()).code, 'certificate-invalid');
  });
}

test('a folder in place of a certificate is wrong use', async () => {
  const { at, updraft } = await aBundle();
  assert.equal(await updraft('bundle', 'verify', at('os.swu'), '--cert', at('.')), 2);
});

test('a key is readable by its owner alone, and is never overwritten', async () => {
  const { at, updraft, err } = await aBench();
  assert.equal((await stat(at('key'))).mode & 0o777, 0o600);
  const before = await readFile(at('key'), 'utf8');
  assert.equal(await updraft('key', 'new', '--out-key', at('key'), '--out-cert', at('new')), 2);
  assert.match(err(), /never overwritten/);
  assert.equal(await readFile(at('key'), 'utf8'), before);
  assert.equal(await updraft('key', 'new', '--out-key', at('new'), '--out-cert', at('cert')), 2);
  assert.deepEqual([existsSync(at('new')), (await readdir(at('.'))).length], [false, 3]);
});

for (const [what, wish] of [
  ['an empty subject', ['--subject', '']],
  ['a thousand years', ['--days', '365000']],
  ['an algorithm that SWUpdate does not know', ['--algorithm', 'dsa']],
] as const) {
  test(`a key with ${what} is wrong use, and leaves nothing behind`, async () => {
    const { at, updraft } = await aBench();
    assert.equal(await updraft('key', 'new', '--out-key', at('new.key'), '--out-cert', at('new'), ...wish), 2);
    assert.deepEqual([existsSync(at('new.key')), existsSync(at('new'))], [false, false]);
  });
}

test('who signs must be said, once', async () => {
  const { at, create } = await aBench();
  assert.equal(await create('--out', at('os.swu')), 2);
  assert.equal(await create('--detached', '--key', at('key'), '--cert', at('cert'), '--out', at('os.swu')), 2);
  assert.equal(await create('--key', at('key'), '--out', at('os.swu')), 2);
  assert.deepEqual(existsSync(at('os.swu')), false);
});

test('a key that is not that of the certificate makes no bundle', async () => {
  const { at, create, updraft, err } = await aBench();
  await updraft('key', 'new', '--out-key', at('other.key'), '--out-cert', at('other'));
  assert.equal(await create('--key', at('other.key'), '--cert', at('cert'), '--out', at('os.swu'), '--json'), 1);
  assert.equal(JSON.parse(err()).code, 'key-not-of-certificate');
  assert.equal(existsSync(at('os.swu')), false);
});

test('what is packed is never overwritten by the bundle', async () => {
  const { at, create } = await aBench();
  assert.equal(await create('--key', at('key'), '--cert', at('cert'), '--out', at('rootfs.img')), 2);
  assert.deepEqual(await readFile(at('rootfs.img')), IMAGE);
});

test('a bundle is signed on another machine by the command that is printed', async (t) => {
  const programs = programsOrSkip(t, ['openssl']);
  if (programs === undefined) return;
  const { at, create, updraft, out, err } = await aBench();
  assert.equal(await create('--detached', '--out', at('os.swu'), '--json'), 0);
  const { description, sign } = JSON.parse(out());
  assert.equal(existsSync(at('os.swu')), false);
  await elsewhere(at, { description, sign, openssl: programs.openssl });
  assert.equal(
    await updraft(
      'bundle',
      'create',
      '--signature',
      at('signing/sw-description.sig'),
      '--cert',
      at('cert'),
      '--out',
      at('os.swu'),
    ),
    0,
    err(),
  );
  assert.equal(await updraft('bundle', 'verify', at('os.swu'), '--cert', at('cert')), 0);
  assert.equal(existsSync(at('os.swu.unsigned')), false);
});

test('a signature of another description, or that is none, is not put in', async (t) => {
  const programs = programsOrSkip(t, ['openssl']);
  if (programs === undefined) return;
  const { at, create, updraft, out, err } = await aBench();
  await create('--detached', '--out', at('os.swu'), '--json');
  const { sign } = JSON.parse(out());
  await writeFile(at('another'), 'another description');
  await elsewhere(at, { description: at('another'), sign, openssl: programs.openssl });
  const finish = async (signature: string) =>
    updraft('bundle', 'create', '--signature', at(signature), '--cert', at('cert'), '--out', at('os.swu'), '--json');
  assert.equal(await finish('signing/sw-description.sig'), 1);
  assert.equal(JSON.parse(err()).code, 'description-altered');
  assert.equal(await finish('rootfs.img'), 2);
  assert.equal(JSON.parse(err()).code, 'file-too-large');
  assert.equal(await finish('cert'), 1);
  assert.equal(JSON.parse(err()).code, 'signature-malformed');
  assert.equal(existsSync(at('os.swu')), false);
});

test('a preparation that is gone is made again from the same options', async (t) => {
  const programs = programsOrSkip(t, ['openssl']);
  if (programs === undefined) return;
  const { at, create, out, err } = await aBench();
  await create('--detached', '--out', at('first.swu'), '--json');
  await elsewhere(at, { ...JSON.parse(out()), openssl: programs.openssl });
  assert.equal(
    await create('--signature', at('signing/sw-description.sig'), '--cert', at('cert'), '--out', at('os.swu')),
    0,
    err(),
  );
});

test('a folder that is none of ours is not cleared for a preparation', async () => {
  const { at, create } = await aBench();
  await mkdir(at('os.swu.unsigned'));
  await writeFile(at('os.swu.unsigned/thesis.txt'), 'years of work');
  assert.equal(await create('--detached', '--out', at('os.swu')), 2);
  assert.equal(existsSync(at('os.swu.unsigned/thesis.txt')), true);
});

type Signing = { readonly description: string; readonly sign: string; readonly openssl: string };

/** The machine that has the key: a folder with the description, in which the printed command is run as it is. */
async function elsewhere(at: (name: string) => string, { description, sign, openssl }: Signing): Promise<void> {
  await mkdir(at('signing'));
  await writeFile(at('signing/sw-description'), await readFile(description));
  await writeFile(at('signing/CERT.pem'), await readFile(at('cert')));
  await writeFile(at('signing/KEY.pem'), await readFile(at('key')));
  const [, ...args] = sign.split(' ');
  await mustRun(openssl, args, { folder: at('signing') });
}
