import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, test } from 'node:test';
import { advanceClock, createClockOffset } from '@updraft/store';
import { Upload } from 'tus-js-client';
import { createIntake } from '../src/intake/intake.ts';
import { INTAKE_LIMITS } from '../src/intake/intake-limits.ts';
import { sweepUploads } from '../src/intake/sweep-uploads.ts';
import { aServer, type TestServer } from './a-server.ts';
import { aTenant } from './a-tenant.ts';
import { begunUpload, filesOf, newFilesOf, patch, refusal, shownUpload, tus, uidOf } from './uploading.ts';

const server = await aServer({ after });

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Uploads with the official client of tus. */
function uploadWithClient(
  server: TestServer,
  bytes: Buffer,
  options: { readonly chunkSize?: number; readonly creation?: boolean },
) {
  return new Promise<string>((resolve, reject) => {
    const upload = new Upload(bytes, {
      endpoint: `${server.url}/api/v1/uploads`,
      headers: { authorization: server.authorization },
      metadata: { filename: 'grüße.bin', filetype: 'application/octet-stream' },
      chunkSize: options.chunkSize ?? Infinity,
      uploadDataDuringCreation: options.creation ?? false,
      retryDelays: null,
      onError: reject,
      onSuccess: () => resolve(upload.url ?? ''),
    });
    upload.start();
  });
}

for (const [name, options] of Object.entries({
  'at once': {},
  'in chunks': { chunkSize: 300_000 },
  'with its creation': { creation: true, chunkSize: 300_000 },
})) {
  test(`the official client uploads a file ${name}`, async () => {
    const files = await newFilesOf(server);
    const bytes = randomBytes(1_000_000);
    const at = await uploadWithClient(server, bytes, options);
    const shown = await shownUpload(server, at);
    assert.deepEqual([shown.state, shown.offset], ['done', bytes.length]);
    const artifact = await server.api.call('artifacts.show', { params: { id: shown.artifact ?? '' } });
    assert.deepEqual([artifact.filename, artifact.sha256], ['grüße.bin', sha256(bytes)]);
    assert.deepEqual(await files(), { uploads: [], objects: [sha256(bytes)] });
  });
}

test('what the server speaks of tus is told', async () => {
  const answer = await tus(server, 'OPTIONS', null);
  assert.equal(answer.status, 204);
  assert.equal(answer.headers.get('tus-version'), '1.0.0');
  const extensions = ['creation', 'creation-with-upload', 'expiration', 'termination', 'checksum'];
  assert.deepEqual(answer.headers.get('tus-extension')?.split(','), extensions);
  assert.deepEqual(answer.headers.get('tus-checksum-algorithm')?.split(','), ['sha256', 'sha1', 'md5']);
});

test('an upload grows by chunks, tells its offset, and expires', async () => {
  const at = await begunUpload(server, 10);
  const first = await patch(server, at, { offset: 0, body: Buffer.from('01234') });
  assert.deepEqual([first.status, first.headers.get('upload-offset')], [204, '5']);
  assert.ok(Date.parse(first.headers.get('upload-expires') ?? '') > Date.now());
  const head = await tus(server, 'HEAD', at);
  assert.deepEqual(
    [head.status, head.headers.get('upload-offset'), head.headers.get('upload-length')],
    [200, '5', '10'],
  );
  assert.equal(head.headers.get('cache-control'), 'no-store');
  const receiving = await shownUpload(server, at);
  assert.deepEqual([receiving.state, receiving.offset], ['receiving', 5]);
  assert.equal((await patch(server, at, { offset: 5, body: Buffer.from('56789') })).status, 204);
  const done = await shownUpload(server, at);
  const artifact = await server.api.call('artifacts.show', { params: { id: done.artifact ?? '' } });
  assert.equal(artifact.sha256, sha256(Buffer.from('0123456789')));
});

test('a file of no bytes is complete when it is begun', async () => {
  const shown = await shownUpload(server, await begunUpload(server, 0));
  assert.equal(shown.state, 'done');
});

test('a chunk from another offset is refused and changes nothing', async () => {
  const at = await begunUpload(server, 10);
  await patch(server, at, { offset: 0, body: Buffer.from('01234') });
  for (const offset of [0, 4, 6, 10]) {
    assert.deepEqual(await refusal(await patch(server, at, { offset, body: Buffer.from('x') })), [
      409,
      'upload-offset',
    ]);
  }
  assert.equal((await tus(server, 'HEAD', at)).headers.get('upload-offset'), '5');
});

test('more bytes than were announced are refused', async () => {
  const at = await begunUpload(server, 4);
  assert.deepEqual(await refusal(await patch(server, at, { offset: 0, body: Buffer.from('01234') })), [
    413,
    'body-too-large',
  ]);
});

const malformed: readonly (readonly [what: string, headers: Record<string, string>, status: number, code: string])[] = [
  ['another version of tus', { 'tus-resumable': '0.2.2' }, 412, 'precondition-failed'],
  ['no length', { 'upload-length': '' }, 400, 'header-invalid'],
  ['a negative length', { 'upload-length': '-1' }, 400, 'header-invalid'],
  ['a length beyond the limit', { 'upload-length': String(2 ** 44) }, 413, 'artifact-too-large'],
  ['no file name', { 'upload-metadata': 'type eA==' }, 400, 'header-invalid'],
  [
    'a file name with a path',
    { 'upload-metadata': `filename ${Buffer.from('../x').toString('base64')}` },
    400,
    'header-invalid',
  ],
  ['a name that is not base64', { 'upload-metadata': 'filename !!' }, 400, 'header-invalid'],
  ['a name that is not UTF-8', { 'upload-metadata': 'filename /w==' }, 400, 'header-invalid'],
];

test('a malformed creation is refused, and begins nothing', async () => {
  const files = await newFilesOf(server);
  for (const [what, headers, status, code] of malformed) {
    const answer = await tus(server, 'POST', null, {
      headers: { 'upload-length': 5, 'upload-metadata': 'filename eA==', ...headers },
    });
    assert.deepEqual(await refusal(answer), [status, code], what);
  }
  assert.deepEqual(await files(), { uploads: [], objects: [] });
});

test('a chunk of another media type is refused', async () => {
  const at = await begunUpload(server, 4);
  const headers = { 'content-type': 'application/octet-stream' };
  assert.deepEqual(await refusal(await patch(server, at, { offset: 0, body: Buffer.from('0123'), headers })), [
    415,
    'media-type-unsupported',
  ]);
});

for (const algorithm of ['sha256', 'sha1', 'md5']) {
  test(`a chunk whose ${algorithm} differs is taken back, and may be sent again`, async () => {
    const at = await begunUpload(server, 8);
    const sum = (text: string) => `${algorithm} ${createHash(algorithm).update(text).digest('base64')}`;
    await patch(server, at, { offset: 0, body: Buffer.from('0123'), headers: { 'upload-checksum': sum('0123') } });
    const wrong = await patch(server, at, {
      offset: 4,
      body: Buffer.from('XXXX'),
      headers: { 'upload-checksum': sum('4567') },
    });
    assert.deepEqual(await refusal(wrong), [460, 'checksum-mismatch']);
    assert.equal((await tus(server, 'HEAD', at)).headers.get('upload-offset'), '4');
    const right = { offset: 4, body: Buffer.from('4567'), headers: { 'upload-checksum': sum('4567') } };
    assert.equal((await patch(server, at, right)).status, 204);
    const { artifact } = await shownUpload(server, at);
    const { sha256: whole } = await server.api.call('artifacts.show', { params: { id: artifact ?? '' } });
    assert.equal(whole, sha256(Buffer.from('01234567')));
  });
}

test('an upload that was complete when its server died is settled by whoever looks', async () => {
  const at = await begunUpload(server, 4);
  await writeFile(path.join(server.dataDir, 'uploads', `${uidOf(at)}.upload`), '0123');
  for (;;) {
    const shown = await shownUpload(server, at);
    if (shown.state === 'done') break;
    assert.deepEqual([shown.state, shown.offset], ['checking', 4]);
  }
});

test('an expired upload is gone, and the sweep removes its file', async (t) => {
  const clockOffset = createClockOffset();
  const server = await aServer(t, { clockOffset });
  const at = await begunUpload(server, 4);
  await patch(server, at, { offset: 0, body: Buffer.from('01') });
  const { reader, commands } = server.server.store;
  advanceClock(clockOffset, INTAKE_LIMITS.uploadHours * 3_600_000 + 1);
  const intake = await createIntake(path.join(server.dataDir, 'uploads'));
  await sweepUploads({ reader, commands, intake }, 0);
  await intake.close();
  assert.deepEqual((await filesOf(server)).uploads, []);
  assert.deepEqual(await refusal(await patch(server, at, { offset: 2, body: Buffer.from('23') })), [404, 'not-found']);
});

test('a checksum of an unknown kind is refused', async () => {
  const at = await begunUpload(server, 4);
  const headers = { 'upload-checksum': 'crc32 AAAA' };
  assert.deepEqual(await refusal(await patch(server, at, { offset: 0, body: Buffer.from('0123'), headers })), [
    400,
    'header-invalid',
  ]);
});

test('a terminated upload is gone with its file', async () => {
  const files = await newFilesOf(server);
  const at = await begunUpload(server, 10);
  await patch(server, at, { offset: 0, body: Buffer.from('01234') });
  assert.equal((await tus(server, 'DELETE', at)).status, 204);
  assert.deepEqual(await files(), { uploads: [], objects: [] });
  assert.equal((await tus(server, 'HEAD', at)).status, 404);
  assert.deepEqual(await refusal(await tus(server, 'DELETE', at)), [404, 'not-found']);
});

test('a network that lets no PATCH through may name it in a header', async () => {
  const at = await begunUpload(server, 4);
  const headers = {
    'x-http-method-override': 'PATCH',
    'upload-offset': 0,
    'content-type': 'application/offset+octet-stream',
  };
  assert.equal((await tus(server, 'POST', at, { headers, body: Buffer.from('0123') })).status, 204);
  assert.equal((await shownUpload(server, at)).state, 'done');
});

test('an upload of another tenant does not exist', async () => {
  const at = await begunUpload(server, 4);
  const user = { name: 'other', password: 'correct horse battery staple' };
  await server.api.call('tenants.create', { body: { name: 'OTHER', user } });
  const authorization = `Basic ${Buffer.from('other:correct horse battery staple').toString('base64')}`;
  const other = {
    ...server,
    fetch: (to: string, init?: RequestInit) => server.fetch(to, { ...init, as: authorization }),
  };
  assert.equal((await tus(other, 'HEAD', at)).status, 404);
  assert.equal((await patch(other, at, { offset: 0, body: Buffer.from('0123') })).status, 404);
  assert.equal((await tus(other, 'DELETE', at)).status, 404);
  assert.equal((await shownUpload(server, at)).state, 'receiving');
});

test('a client whose connection broke takes its upload over from the request that still waits', async () => {
  const files = await newFilesOf(server);
  const bytes = randomBytes(400_000);
  const at = await begunUpload(server, bytes.length);
  const headers = {
    authorization: server.authorization,
    'tus-resumable': '1.0.0',
    'upload-offset': '0',
    'content-type': 'application/offset+octet-stream',
    'content-length': String(bytes.length),
  };
  const stuck = request(at, { method: 'PATCH', headers });
  stuck.on('error', () => undefined);
  const cutOff = new Promise((resolve) => stuck.once('close', resolve));
  stuck.write(bytes.subarray(0, 150_000));
  const isReceiving = async () => (await files()).uploads.length > 0;
  while (!(await isReceiving())) await new Promise((resolve) => setImmediate(resolve));
  const head = await tus(server, 'HEAD', at);
  await cutOff;
  const offset = Number(head.headers.get('upload-offset'));
  assert.ok(offset <= 150_000);
  assert.equal((await patch(server, at, { offset, body: bytes.subarray(offset) })).status, 204);
  const { artifact } = await shownUpload(server, at);
  const shown = await server.api.call('artifacts.show', { params: { id: artifact ?? '' } });
  assert.equal(shown.sha256, sha256(bytes));
});

test('more open uploads than the limit are refused', async () => {
  const other = await aTenant(server);
  const { MAX_OPEN_UPLOADS } = await import('../src/use-cases/upload-commands.ts');
  for (let count = 0; count < MAX_OPEN_UPLOADS; count++) await begunUpload(other, 4);
  const headers = { 'upload-length': 4, 'upload-metadata': 'filename eA==' };
  assert.deepEqual(await refusal(await tus(other, 'POST', null, { headers })), [429, 'limit-reached']);
});

test('of more uploads than are held at once, each is complete and right in the end', async () => {
  const files = Array.from({ length: 12 }, () => randomBytes(20_000));
  const begun = await Promise.all(files.map(async (bytes) => ({ bytes, at: await begunUpload(server, bytes.length) })));
  for (const { at, bytes } of begun) await patch(server, at, { offset: 0, body: bytes.subarray(0, 9000) });
  for (const { at, bytes } of begun) {
    assert.equal((await patch(server, at, { offset: 9000, body: bytes.subarray(9000) })).status, 204);
    const { artifact } = await shownUpload(server, at);
    const shown = await server.api.call('artifacts.show', { params: { id: artifact ?? '' } });
    assert.equal(shown.sha256, sha256(bytes));
  }
  assert.equal(uidOf(begun[0]?.at ?? '').length, 36);
});
