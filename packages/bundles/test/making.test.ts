import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createCipheriv } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, after, test } from 'node:test';
import { promisify } from 'node:util';
import {
  BundleError,
  createBundle,
  type CreateOptions,
  finishBundle,
  inspectBundle,
  newSigningKey,
  prepareBundle,
  verifyBundle,
} from '../src/index.ts';

let folder = '';
let image = '';
let signer: { readonly keyPem: string; readonly certificatePem: string };

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'making-'));
  image = join(folder, 'rootfs.img');
  await writeFile(image, 'an image');
  signer = await newSigningKey({ algorithm: 'ec-p256', subject: 'CN=release,O=Test', days: 30 });
});
after(() => rm(folder, { recursive: true, force: true }));

/** Good options for an output of its own, with changes. */
function options(name: string, changes: Partial<CreateOptions> = {}): CreateOptions {
  const images = [{ source: image, device: '/dev/x', name: 'rootfs', version: '3' }];
  return { version: '3', hardware: ['lab:1.0'], images, signer, output: join(folder, name), ...changes };
}

async function codeOf(result: ReturnType<typeof createBundle>): Promise<string> {
  const answer = await result;
  return answer.created ? 'created' : answer.code;
}

test('what cannot become a bundle is refused with a code, and leaves nothing behind', async () => {
  const other = await newSigningKey({ algorithm: 'ec-p256', subject: 'other', days: 1 });
  const past = await newSigningKey({ algorithm: 'ec-p256', subject: 'past', days: 1, now: new Date('2020-01-01') });
  const one = { source: image, device: '/dev/x' };
  const rows: readonly (readonly [string, Partial<CreateOptions>])[] = [
    ['option-invalid', { hardware: [] }],
    ['option-invalid', { hardware: ['lab'] }],
    ['option-invalid', { hardware: ['images:1'] }],
    ['option-invalid', { images: [{ ...one, encrypt: { key: 'ab' } }] }],
    ['option-invalid', { version: 'a\u0001b' }],
    ['option-invalid', { version: 'a\nb' }],
    ['option-invalid', { version: '' }],
    ['option-invalid', { version: '1'.repeat(256) }],
    ['input-unreadable', { images: [{ ...one, source: join(folder, 'none') }] }],
    ['input-unreadable', { images: [{ ...one, source: join(folder, 'none'), compress: 'zstd' }] }],
    ['name-unsafe', { images: [{ ...one, filename: '../x' }] }],
    ['name-unsafe', { images: [{ ...one, filename: 'sw-description' }] }],
    ['duplicate-member', { images: [one, one] }],
    ['nothing-to-install', { images: [] }],
    ['key-unusable', { signer: { ...signer, keyPem: 'none' } }],
    ['key-not-of-certificate', { signer: { ...signer, keyPem: other.keyPem } }],
    ['certificates-unusable', { signer: { ...signer, certificatePem: 'none' } }],
    ['certificate-expired', { signer: past }],
    ['output-unwritable', { output: join(folder, 'none', 'x.swu') }],
    ['output-unwritable', { output: folder }],
  ];
  const files = await readdir(folder);
  for (const [code, changes] of rows)
    assert.equal(await codeOf(createBundle(options('refused.swu', changes))), code, JSON.stringify(changes));
  assert.deepEqual(await readdir(folder), files);
});

test('a bundle takes the place of no pipe or device', async () => {
  const output = join(folder, 'pipe');
  await promisify(execFile)('mkfifo', [output]);
  assert.equal(await codeOf(createBundle(options('', { output }))), 'output-unwritable');
  assert.equal((await stat(output)).isFIFO(), true);
});

test('an image that changes between preparing and finishing is noticed', async () => {
  const source = join(folder, 'changing.img');
  const prepared = join(folder, 'prepared-changing');
  await writeFile(source, 'before');
  const result = await prepareBundle(
    { version: '1', hardware: ['lab:1'], images: [{ source, device: '/x' }] },
    prepared,
  );
  assert.ok(result.prepared);
  const { signDescription } = await import('../src/create/sign-description.ts');
  const signature = await signDescription(result.description, signer, new Date());
  await writeFile(source, 'after!');
  const output = join(folder, 'changed.swu');
  const finished = await finishBundle({ folder: prepared, signature, certificates: [signer.certificatePem], output });
  assert.equal(finished.created ? 'created' : finished.code, 'input-unreadable');
  await assert.rejects(readFile(output), { code: 'ENOENT' });
});

test('an encrypted member is the compressed image under the key', async () => {
  const [key, iv] = ['0f'.repeat(16), '1e'.repeat(16)];
  const output = join(folder, 'encrypted.swu');
  const result = await createBundle(
    options('encrypted.swu', { images: [{ source: image, device: '/x', encrypt: { key, iv } }] }),
  );
  assert.ok(result.created);
  const inspected = await inspectBundle(output);
  assert.ok(inspected.readable);
  const [component] = inspected.inspection.components;
  assert.deepEqual([component?.encrypted, component?.ivt], [true, iv]);
  const cipher = createCipheriv('aes-128-cbc', Buffer.from(key, 'hex'), Buffer.from(iv, 'hex'));
  const member = inspected.inspection.members[2];
  const stored = (await readFile(output)).subarray(member?.offset, (member?.offset ?? 0) + (member?.size ?? 0));
  assert.deepEqual(stored, Buffer.concat([cipher.update('an image'), cipher.final()]));
});

test('a board whose name libconfig cannot write is described in JSON', async () => {
  const output = join(folder, 'json.swu');
  assert.equal(await codeOf(createBundle(options('json.swu', { hardware: ['4.2-board:1.0', 'lab:1.0'] }))), 'created');
  const inspected = await inspectBundle(output);
  assert.ok(inspected.readable);
  assert.equal(inspected.inspection.syntax, 'json');
  const certificates = [signer.certificatePem];
  assert.deepEqual(await verifyBundle(output, { certificates, hardware: [{ board: '4.2-board', revision: '1.0' }] }), {
    good: true,
  });
  const other = await verifyBundle(output, { certificates, hardware: [{ board: 'other', revision: '1.0' }] });
  assert.equal(other.good ? 'good' : other.code, 'hardware-missing');
});

test('an inspection tells who signed, what is installed where, and what would run', async () => {
  const script = { source: image, filename: 'run.sh' };
  const selections = ['copy1', 'copy2'].map((mode) => ({
    set: 'stable',
    mode,
    devices: { 'rootfs.img': `/dev/${mode}` },
  }));
  const made = options('told.swu', {
    images: [{ source: image, name: 'rootfs', version: '3' }],
    scripts: [script],
    selections,
    bootenv: [{ name: 'a', value: 'b' }],
  });
  assert.equal(await codeOf(createBundle(made)), 'created');
  const result = await inspectBundle(made.output);
  assert.ok(result.readable);
  const { inspection } = structuredClone(result);
  assert.deepEqual(inspection.problems, []);
  assert.deepEqual(inspection.hardware, [{ board: 'lab', revision: '1.0' }]);
  assert.deepEqual(
    inspection.selections,
    selections.map(({ set, mode }) => ({ set, mode })),
  );
  const images = inspection.components.map(({ device, selections: of }) => [device, of.map(({ mode }) => mode)]);
  assert.deepEqual(images, [
    ['/dev/copy1', ['copy1']],
    ['/dev/copy2', ['copy2']],
  ]);
  assert.deepEqual(
    inspection.scripts.map(({ filename, type }) => [filename, type]),
    [['run.sh', 'shellscript']],
  );
  assert.deepEqual(
    inspection.members.map(({ name, mentioned }) => [name, mentioned]),
    [
      ['sw-description', false],
      ['sw-description.sig', false],
      ['rootfs.img', true],
      ['run.sh', true],
    ],
  );
  const [found] = inspection.signers;
  assert.deepEqual(
    [found?.subject, found?.issuer, found?.digest, found?.key],
    ['CN=release, O=Test', 'CN=release, O=Test', 'sha256', 'ec'],
  );
  assert.match(found?.fingerprintSha256 ?? '', /^[0-9a-f]{64}$/);
});

test('a signing key needs a subject and a time that can be written', async () => {
  for (const wish of [
    { subject: 'X=1', days: 1 },
    { subject: '', days: 1 },
    { subject: 'a', days: 0 },
    { subject: 'a', days: 40_000 },
  ]) {
    await assert.rejects(
      newSigningKey({ algorithm: 'ec-p256', ...wish }),
      (error) => error instanceof BundleError && error.code === 'option-invalid',
    );
  }
});
