import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { randomBytes } from 'node:crypto';
import {
  type BundleInput,
  createBundle,
  finishBundle,
  inspectBundle,
  newSigningKey,
  prepareBundle,
  verifyBundle,
} from '../src/index.ts';
import { type SigningKeyAlgorithm } from '../src/index.ts';
import { PARALLEL } from './differential.ts';
import { needsPrograms, openssl, packWithCpio, runSwupdate } from './real-programs.ts';
import { issue, sha256, signWithOpenssl } from './signing-kit.ts';

const HARDWARE = [{ board: 'lab', revision: '1.0' }];
const AES_KEY = 'a1'.repeat(32);
const AES_IV = 'b2'.repeat(16);

type Workshop = {
  readonly folder: string;
  readonly image: Buffer;
  readonly imagePath: string;
  /** A regular file that stands for a device; SWUpdate wants it to exist. */
  readonly slot: (name: string) => Promise<string>;
};

async function createWorkshop(context: TestContext): Promise<Workshop> {
  const folder = await mkdtemp(join(tmpdir(), 'workshop-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const image = Buffer.concat([randomBytes(70_000), Buffer.alloc(130_001, 'words ')]);
  const imagePath = join(folder, 'rootfs.img');
  await writeFile(imagePath, image);
  const slot = async (name: string): Promise<string> => {
    await writeFile(join(folder, name), '');
    return join(folder, name);
  };
  return { folder, image, imagePath, slot };
}

async function signedBundle(
  workshop: Workshop,
  input: Omit<BundleInput, 'hardware' | 'version'>,
  algorithm: SigningKeyAlgorithm = 'ec-p256',
) {
  const signer = await newSigningKey({ algorithm, subject: 'CN=release,O=Test', days: 30 });
  const trust = join(workshop.folder, 'trust.pem');
  const output = join(workshop.folder, 'out.swu');
  await writeFile(trust, signer.certificatePem);
  const result = await createBundle({ version: '1.2.3', hardware: ['lab:1.0', 'lab:1.1'], ...input, signer, output });
  assert.ok(result.created, JSON.stringify(result));
  const verdict = await verifyBundle(output, { certificates: [signer.certificatePem], hardware: HARDWARE });
  assert.deepEqual(verdict, { good: true });
  return { trust, output, signer };
}

test('bundles that we write are installed by the real SWUpdate', { concurrency: PARALLEL }, async (context) => {
  if (!needsPrograms(context, 'swupdate', 'openssl')) return;
  for (const algorithm of ['ec-p256', 'rsa-2048', 'rsa-3072', 'rsa-4096'] as const) {
    void context.test(`signed with ${algorithm}`, async (inner) => {
      const workshop = await createWorkshop(inner);
      const device = await workshop.slot('slot');
      const { trust, output } = await signedBundle(
        workshop,
        { images: [{ source: workshop.imagePath, device }] },
        algorithm,
      );
      await installs(['-k', trust, '-i', output], [[device, workshop.image]]);
    });
  }
  for (const format of ['newc', 'crc'] as const) {
    for (const compress of ['zlib', 'zstd', undefined] as const) {
      for (const encrypt of [undefined, { key: AES_KEY }]) {
        void context.test(
          `${format}, ${compress ?? 'plain'}${encrypt === undefined ? '' : ', encrypted'}`,
          async (inner) => {
            const workshop = await createWorkshop(inner);
            const device = await workshop.slot('slot');
            const wish = { source: workshop.imagePath, device, installedDirectly: format === 'crc' };
            const image = {
              ...wish,
              ...(compress === undefined ? {} : { compress }),
              ...(encrypt === undefined ? {} : { encrypt }),
            };
            const { trust, output } = await signedBundle(workshop, { format, images: [image] });
            const keyFile = join(workshop.folder, 'aes');
            await writeFile(keyFile, `${AES_KEY} ${AES_IV}\n`);
            await installs(['-k', trust, '-K', keyFile, '-i', output], [[device, workshop.image]]);
          },
        );
      }
    }
  }
  await context.test('into the slot that the device asks for, with files, scripts and boot variables', (inner) =>
    installsSelection(inner),
  );
});

async function installsSelection(context: TestContext): Promise<void> {
  const workshop = await createWorkshop(context);
  const [first, second] = [await workshop.slot('first'), await workshop.slot('second')];
  const script = join(workshop.folder, 'hello.sh');
  await writeFile(script, `#!/bin/sh\necho "$@" >> ${workshop.folder}/ran\n`);
  const note = join(workshop.folder, 'note');
  const { trust, output } = await signedBundle(workshop, {
    images: [{ source: workshop.imagePath, name: 'rootfs', version: '1.2.3' }],
    files: [{ source: readPieces(Buffer.from('a note')), filename: 'note.txt', path: note }],
    scripts: [{ source: script, data: 'some arguments' }],
    bootenv: [{ name: 'always', value: '1' }],
    selections: [
      { set: 'stable', mode: 'copy1', devices: { 'rootfs.img': first }, bootenv: [{ name: 'slot', value: 'A' }] },
      { set: 'stable', mode: 'copy2', devices: { 'rootfs.img': second }, bootenv: [{ name: 'slot', value: 'B' }] },
    ],
  });
  await installs(
    ['-k', trust, '-e', 'stable,copy2', '-i', output],
    [
      [second, workshop.image],
      [first, Buffer.alloc(0)],
      [note, Buffer.from('a note')],
    ],
  );
  assert.match(await readFile(join(workshop.folder, 'ran'), 'utf8'), /postinst some arguments/);
  const other = await runSwupdate(['-H', 'other:1.0', '-k', trust, '-e', 'stable,copy2', '-c', '-i', output]);
  assert.equal(other.good, false, 'a board that is not named refuses');
}

async function installs(args: readonly string[], contents: readonly (readonly [string, Buffer])[]): Promise<void> {
  const checked = await runSwupdate(['-H', 'lab:1.0', '-c', ...args]);
  assert.ok(checked.good, checked.log);
  const installed = await runSwupdate(['-H', 'lab:1.1', ...args]);
  assert.ok(installed.good, installed.log);
  for (const [path, content] of contents) assert.equal(sha256(await readFile(path)), sha256(content), path);
}

async function* readPieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 3) yield bytes.subarray(at, at + 3);
}

test('openssl accepts the signature of a bundle that we write', async (context) => {
  if (!needsPrograms(context, 'openssl')) return;
  const workshop = await createWorkshop(context);
  const signer = await newSigningKey({ algorithm: 'ec-p256', subject: 'release', days: 30 });
  const prepared = await prepareBundle(
    { version: '1', hardware: ['lab:1.0'], images: [{ source: workshop.imagePath, device: '/x' }] },
    workshop.folder,
  );
  assert.ok(prepared.prepared);
  await writeFile(join(workshop.folder, 'c.pem'), signer.certificatePem);
  const { signDescription } = await import('../src/create/sign-description.ts');
  await writeFile(join(workshop.folder, 's.der'), await signDescription(prepared.description, signer, new Date()));
  await openssl(workshop.folder, [
    'cms',
    '-verify',
    '-inform',
    'DER',
    '-in',
    's.der',
    '-content',
    'sw-description',
    '-binary',
    '-CAfile',
    'c.pem',
    '-out',
    'verified',
  ]);
  const text = await openssl(workshop.folder, ['x509', '-in', 'c.pem', '-noout', '-text']);
  assert.match(text, /E-mail Protection/);
});

test('a signature made elsewhere is checked and put in', async (context) => {
  if (!needsPrograms(context, 'swupdate', 'openssl')) return;
  const workshop = await createWorkshop(context);
  const folder = join(workshop.folder, 'prepared');
  const device = await workshop.slot('slot');
  const [signer, other] = [
    await issue(workshop.folder, { name: 'signer', algorithm: '2048' }),
    await issue(workshop.folder, { name: 'other' }),
  ];
  const prepared = await prepareBundle(
    {
      version: '2',
      hardware: ['lab:1.0', 'lab:1.1'],
      images: [{ source: workshop.imagePath, device, compress: 'zstd' }],
    },
    folder,
  );
  assert.ok(prepared.prepared);
  const text = await readFile(prepared.descriptionPath, 'utf8');
  const certificates = [await readFile(signer.cert, 'utf8')];
  const output = join(workshop.folder, 'out.swu');
  const wrong = await finishBundle({
    folder,
    output,
    certificates,
    signature: await signWithOpenssl(workshop.folder, text, [other]),
  });
  assert.equal(wrong.created ? 'good' : wrong.code, 'signer-unknown');
  const altered = await finishBundle({
    folder,
    output,
    certificates,
    signature: await signWithOpenssl(workshop.folder, `${text}\n`, [signer]),
  });
  assert.equal(altered.created ? 'good' : altered.code, 'description-altered');
  const right = await finishBundle({
    folder,
    output,
    certificates,
    signature: await signWithOpenssl(workshop.folder, text, [signer]),
  });
  assert.ok(right.created, JSON.stringify(right));
  await installs(['-k', signer.cert, '-i', output], [[device, workshop.image]]);
});

test('bundles that openssl and cpio write are read by us', { concurrency: PARALLEL }, async (context) => {
  if (!needsPrograms(context, 'openssl', 'cpio')) return;
  for (const format of ['crc', 'newc'] as const) {
    for (const syntax of ['libconfig', 'json'] as const) {
      void context.test(`${format} with ${syntax}`, async (inner) => {
        const workshop = await createWorkshop(inner);
        const signer = await issue(workshop.folder, { name: 'signer' });
        const entry = {
          filename: 'rootfs.img',
          device: '/x',
          type: 'raw',
          name: 'rootfs',
          version: '4.5',
          sha256: sha256(workshop.image),
        };
        const json = JSON.stringify({
          software: { version: '4.5.6', 'hardware-compatibility': ['1.0'], images: [entry] },
        });
        const settings = Object.entries(entry).map(([name, value]) => `${name} = "${value}";`);
        const text =
          syntax === 'json'
            ? json
            : `software = { version = "4.5.6"; hardware-compatibility: [ "1.0" ]; images: ( { ${settings.join(' ')} } ); }`;
        await writeFile(join(workshop.folder, 'sw-description'), text);
        await writeFile(
          join(workshop.folder, 'sw-description.sig'),
          await signWithOpenssl(workshop.folder, text, [signer]),
        );
        const bundle = await packWithCpio(
          workshop.folder,
          ['sw-description', 'sw-description.sig', 'rootfs.img'],
          format,
        );
        const path = join(workshop.folder, 'x.swu');
        await writeFile(path, bundle);
        assert.deepEqual(
          await verifyBundle(path, { certificates: [await readFile(signer.cert, 'utf8')], hardware: HARDWARE }),
          { good: true },
        );
        const result = await inspectBundle(path);
        assert.ok(result.readable);
        const { inspection } = result;
        assert.deepEqual([inspection.version, inspection.syntax, inspection.format], ['4.5.6', syntax, format]);
        assert.deepEqual(inspection.hardware, [{ board: null, revision: '1.0' }]);
        assert.deepEqual(
          inspection.components.map(({ name, version, size, intact }) => [name, version, size, intact]),
          [['rootfs', '4.5', 200_001, true]],
        );
        assert.deepEqual(
          inspection.signers.map(({ subject }) => subject),
          ['O=Test, CN=signer'],
        );
        const member = inspection.members[2];
        assert.equal(
          sha256(bundle.subarray(member?.offset, (member?.offset ?? 0) + (member?.size ?? 0))),
          sha256(workshop.image),
        );
      });
    }
  }
});
