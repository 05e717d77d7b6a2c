import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type BundleProblemCode,
  createBundleReader,
  inspectBundle,
  looksLikeBundle,
  readBundle,
  verifyBundle,
} from '../src/index.ts';
import { plainArchive, plainMember } from './plain-archive.ts';
import { inPieces, sampleBundle, sampleDescription } from './sample-bundle.ts';

async function codeOf(
  bytes: Uint8Array | AsyncIterable<Uint8Array>,
  certificatePem: string,
): Promise<BundleProblemCode | 'good'> {
  const source = bytes instanceof Uint8Array ? inPieces(bytes) : bytes;
  const verdict = await verifyBundle(source, { certificates: [certificatePem] });
  return verdict.good ? 'good' : verdict.code;
}

test('a good bundle is good, in pieces of any size', async () => {
  const { bytes, certificatePem } = await sampleBundle();
  for (const size of [1, 3, 109, 111, 4096]) {
    const verdict = await verifyBundle(inPieces(bytes, size), { certificates: [certificatePem] });
    assert.deepEqual(verdict, { good: true });
  }
});

/** What fills the trailer's header and name, 110 and 11 bytes, up to a multiple of four. */
const TRAILER_PADDING_BYTES = 3;

test('a bundle cut anywhere before the zeros at its very end is truncated', async () => {
  const { bytes, certificatePem } = await sampleBundle();
  const end = bytes.length - TRAILER_PADDING_BYTES;
  for (let length = 6; length < end; length += 13) {
    assert.equal(await codeOf(bytes.subarray(0, length), certificatePem), 'truncated', `cut at ${length}`);
  }
});

test('what is no cpio archive is no bundle', async () => {
  const { certificatePem } = await sampleBundle();
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from('PK\x03\x04'),
    Buffer.alloc(100_000),
    Buffer.from('070707'.repeat(100)),
  ]) {
    assert.equal(await codeOf(bytes, certificatePem), 'not-a-bundle');
    assert.equal((await readBundle(inPieces(bytes))).kind, 'other');
    assert.equal(looksLikeBundle(bytes), false);
  }
});

test('a cpio archive without a description is another kind of file', async () => {
  const archive = plainArchive([{ name: 'etc/passwd', content: 'root' }]);
  assert.equal(looksLikeBundle(archive), false);
  const report = await readBundle(inPieces(archive));
  assert.deepEqual([report.kind, report.problem?.code], ['other', 'description-missing']);
  const inspected = await inspectBundle(inPieces(archive));
  assert.equal(inspected.readable, false);
});

test('a bundle is known by its first bytes', async () => {
  const { bytes } = await sampleBundle();
  assert.equal(looksLikeBundle(bytes.subarray(0, 128)), true);
});

test('names that reach outside are refused', async () => {
  const { head, members, certificatePem } = await sampleBundle();
  for (const name of ['../x', '/etc/passwd', 'a/../../x', 'a//b', '', '..', 'a\nb', 'a\\b', 'a/..']) {
    assert.equal(
      await codeOf(plainArchive([...head, ...members, { name, content: '' }]), certificatePem),
      'name-unsafe',
      name,
    );
  }
});

test('wrong header fields are refused with their member', async () => {
  const { head, members, certificatePem } = await sampleBundle();
  const rows = [
    [{ size: '-0000001' }, 'bad-header'],
    [{ size: '0x000010' }, 'bad-header'],
    [{ size: 'ffffffff' }, 'truncated'],
    [{ nameSize: '00001000' }, 'name-too-long'],
    [{ nameSize: 'ffffffff' }, 'name-too-long'],
    [{ checksum: '00000000' }, 'checksum-wrong'],
    [{ magic: '070703' }, 'bad-magic'],
  ] as const;
  for (const [fields, code] of rows) {
    const archive = plainArchive([...head, ...members, { name: 'b', content: 'b', ...fields }]);
    assert.equal(await codeOf(archive, certificatePem), code, JSON.stringify(fields));
  }
});

test('a member twice, or ten thousand of them, are refused', async () => {
  const { head, members, certificatePem } = await sampleBundle();
  assert.equal(await codeOf(plainArchive([...head, ...members, ...members]), certificatePem), 'duplicate-member');
  const many = Array.from({ length: 10_000 }, (_, index) => ({ name: `m${index}`, content: '' }));
  assert.equal(await codeOf(plainArchive([...head, ...members, ...many]), certificatePem), 'too-many-members');
});

test('a description of 100 MiB is refused without being kept', async () => {
  const { certificatePem } = await sampleBundle();
  const size = 100 * 1024 ** 2;
  const header = plainMember({ name: 'sw-description', content: '', size: size.toString(16).padStart(8, '0') });
  const piece = Buffer.alloc(65_536, 32);
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  async function* source(): AsyncGenerator<Uint8Array> {
    yield header;
    for (let left = size; left > 0; left -= piece.length) {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      yield piece;
    }
  }
  assert.equal(await codeOf(source(), certificatePem), 'description-too-large');
  assert.ok(most < 16 * 1024 ** 2, `${most} bytes kept`);
});

test('a description that is too deep, too wide, or linked without end is refused', async () => {
  const deep = (open: string, close: string, times: number): string =>
    `x = ${open.repeat(times)}${close.repeat(times)};`;
  const rows: readonly (readonly [string, BundleProblemCode | 'good'])[] = [
    [sampleDescription(deep('(', ')', 100_000)), 'description-too-deep'],
    [sampleDescription(deep('{ a = ', '}', 50_000)), 'description-too-deep'],
    [sampleDescription(`x = ( ${'1, '.repeat(100_000)} 1 );`), 'description-too-many-settings'],
    [`{ "software": ${'['.repeat(100_000)}`, 'description-too-deep'],
    [sampleDescription('files = ( { ref = "#./files"; }, { ref = "#./files"; } );'), 'description-links'],
    [sampleDescription('a = { b = { ref = "#./c"; }; c = { ref = "#./b"; }; };'), 'good'],
    [sampleDescription(manySelections(300)), 'too-many-selections'],
    [sampleDescription('x = "unclosed'), 'description-syntax'],
    [multipliedEntries(), 'too-many-selections'],
    ['', 'version-missing'],
    ['\0', 'description-syntax'],
  ];
  for (const [text, code] of rows) {
    const { bytes, certificatePem } = await sampleBundle(text);
    const found = await codeOf(bytes, certificatePem);
    assert.equal(found, code, text.slice(0, 200));
  }
});

/** 8 000 images that each of 200 selections falls back to. */
function multipliedEntries(): string {
  const images = `images = ( ${Array.from({ length: 8000 }, () => '{filename="a";}').join(',')} );`;
  const modes = Array.from({ length: 200 }, (_, index) => `m${index} = { bootenv = (); };`).join(' ');
  return `software = { version = "1"; hardware-compatibility = ["1"]; ${images} stable = { ${modes} }; };`;
}

function manySelections(count: number): string {
  return `stable = { ${Array.from({ length: count }, (_, index) => `m${index} = { images = (); };`).join(' ')} };`;
}

test('regular expressions that explode elsewhere are matched in bounded time', async () => {
  const text = sampleDescription().replace('"1.0" ]', '"#RE:^((a+)+|b{1,200})*$" ]');
  const { bytes, certificatePem } = await sampleBundle(text);
  const hardware = [{ board: 'x', revision: `${'a'.repeat(200)}!` }];
  const verdict = await verifyBundle(inPieces(bytes), { certificates: [certificatePem], hardware });
  assert.equal(verdict.good ? 'good' : verdict.code, 'hardware-not-compatible');
});

test('a bundle is followed while it grows', async () => {
  const { bytes, certificatePem } = await sampleBundle();
  const reader = createBundleReader();
  const buffer = Buffer.alloc(50);
  for (let at = 0; at < bytes.length; at += buffer.length) {
    const size = bytes.copy(buffer, 0, at, at + buffer.length);
    await reader.push(buffer.subarray(0, size));
  }
  const report = structuredClone(await reader.end());
  assert.deepEqual([report.kind, report.problem, report.members.length], ['swu', null, 3]);
  const { verifyReport } = await import('../src/index.ts');
  assert.deepEqual(await verifyReport(report, { certificates: [certificatePem] }), { good: true });
  const other = await sampleBundle();
  const verdict = await verifyReport(report, { certificates: [other.certificatePem] });
  assert.equal(verdict.good ? 'good' : verdict.code, 'signer-unknown');
});

test('certificates that are none are said to be none', async () => {
  const { bytes } = await sampleBundle();
  for (const pem of ['', 'text', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n']) {
    assert.equal(await codeOf(bytes, pem), 'certificates-unusable');
  }
});
