import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import { INTAKE_LIMITS } from '../src/intake/intake-limits.ts';
import { aServer, codeOf } from './a-server.ts';
import { aTenant } from './a-tenant.ts';
import { filesOf, newFilesOf, refusal, upload, uploaded } from './uploading.ts';

const server = await aServer({ after });

function hash(algorithm: string, bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest('hex');
}

test('an upload in one request becomes an artifact with its three hashes', async () => {
  const files = await newFilesOf(server);
  const bytes = randomBytes(1_500_000);
  const artifact = await uploaded(server, bytes, 'größe 1.bin');
  assert.equal(artifact.filename, 'größe 1.bin');
  assert.equal(artifact.size, bytes.length);
  assert.deepEqual(
    [artifact.sha256, artifact.sha1, artifact.md5],
    ['sha256', 'sha1', 'md5'].map((name) => hash(name, bytes)),
  );
  assert.deepEqual([artifact.kind, artifact.signature, artifact.reason], ['other', 'unsigned', null]);
  assert.deepEqual(await files(), { uploads: [], objects: [artifact.sha256] });
  assert.deepEqual(await server.api.call('artifacts.show', { params: { id: artifact.id } }), artifact);
});

test('a body in chunks of unknown length is taken whole', async () => {
  const pieces = Array.from({ length: 7 }, () => randomBytes(50_000));
  const answer = await upload(server, ReadableStream.from(pieces));
  assert.equal(answer.status, 201);
  const { sha256 } = (await answer.json()) as { readonly sha256: string };
  assert.equal(sha256, hash('sha256', Buffer.concat(pieces)));
});

test('an empty file is an artifact of no bytes', async () => {
  const artifact = await uploaded(server, new Uint8Array(0));
  assert.equal(artifact.size, 0);
});

test('content that differs from the sha256 that was asked for is refused and leaves nothing', async () => {
  const files = await newFilesOf(server);
  const right = hash('sha256', Buffer.from('right'));
  const answer = await upload(server, Buffer.from('wrong'), { query: `filename=a&sha256=${right}` });
  assert.deepEqual(await refusal(answer), [422, 'checksum-mismatch']);
  assert.deepEqual(await files(), { uploads: [], objects: [] });
  assert.equal((await upload(server, Buffer.from('right'), { query: `filename=a&sha256=${right}` })).status, 201);
});

test('a form is refused: its frame would become part of the file', async () => {
  const form = new FormData();
  form.append('file', new Blob(['content']), 'a.bin');
  const answer = await fetch(`${server.url}/api/v1/artifacts?filename=a.bin`, {
    method: 'POST',
    headers: { authorization: server.authorization },
    body: form,
  });
  assert.deepEqual(await refusal(answer), [415, 'media-type-unsupported']);
});

test('a file name with a path is refused', async () => {
  for (const name of ['../etc/passwd', 'a/b', '..', '', 'a%00b']) {
    assert.deepEqual(await refusal(await upload(server, Buffer.from('x'), { query: `filename=${name}` })), [
      400,
      'query-invalid',
    ]);
  }
});

test('a client that goes away in the middle leaves nothing', async () => {
  const other = await aTenant(server);
  const files = await newFilesOf(server);
  const { hostname, port } = new URL(other.url);
  const socket = connect(Number(port), hostname);
  const head = ['POST /api/v1/artifacts?filename=a HTTP/1.1', 'Host: x', `Authorization: ${other.authorization}`];
  socket.write([...head, 'Content-Length: 1000000', '', ''].join('\r\n'));
  socket.write(randomBytes(300_000));
  while ((await files()).uploads.length === 0) await new Promise((resolve) => setImmediate(resolve));
  socket.destroy();
  await once(socket, 'close');
  while ((await files()).uploads.length > 0) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual((await other.api.call('artifacts.list')).items, []);
  assert.deepEqual(await files(), { uploads: [], objects: [] });
});

test('more uploads at once than the limit are asked to come again, and one that ends makes room', async (t) => {
  const server = await aServer(t);
  const { hostname, port } = new URL(server.url);
  const open = Array.from({ length: INTAKE_LIMITS.uploadsAtOnce }, () => {
    const headers = { authorization: server.authorization, 'content-length': '1000' };
    const outgoing = request({ hostname, port, method: 'POST', path: '/api/v1/artifacts?filename=a', headers });
    outgoing.on('error', () => undefined);
    outgoing.write('begun');
    return outgoing;
  });
  while ((await filesOf(server)).uploads.length < open.length) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(await refusal(await upload(server, Buffer.from('x'))), [503, 'not-ready']);
  for (const outgoing of open) outgoing.destroy();
  while ((await filesOf(server)).uploads.length > 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await upload(server, Buffer.from('x'))).status, 201);
});

test('a file announced as larger than the limit is refused before its bytes are read', async () => {
  const { hostname, port } = new URL(server.url);
  const headers = { authorization: server.authorization, 'content-length': String(INTAKE_LIMITS.artifactBytes + 1) };
  const outgoing = request({ hostname, port, method: 'POST', path: '/api/v1/artifacts?filename=a', headers });
  outgoing.on('error', () => undefined);
  outgoing.flushHeaders();
  const [answer] = (await once(outgoing, 'response')) as [{ statusCode: number }];
  assert.equal(answer.statusCode, 413);
  outgoing.destroy();
});

test('a repetition with the same Idempotency-Key adds no second artifact', async () => {
  const other = await aTenant(server);
  const headers = { 'idempotency-key': 'k1' };
  const first = await upload(other, Buffer.from('same'), { headers });
  const again = await upload(other, Buffer.from('same'), { headers });
  assert.equal(again.headers.get('idempotency-replayed'), 'true');
  assert.deepEqual(await again.json(), await first.json());
  assert.deepEqual(await refusal(await upload(other, Buffer.from('other'), { headers })), [
    422,
    'idempotency-key-reused',
  ]);
  assert.equal((await other.api.call('artifacts.list')).total, 1);
});

test('artifacts are listed, the newest first, and found by hash', async () => {
  const other = await aTenant(server);
  const first = await uploaded(other, Buffer.from('1'), 'b.bin');
  const second = await uploaded(other, Buffer.from('2'), 'a.bin');
  const names = async (query: Record<string, string>) =>
    (await other.api.call('artifacts.list', { query })).items.map(({ filename }) => filename);
  assert.deepEqual(new Set(await names({})), new Set(['a.bin', 'b.bin']));
  assert.deepEqual(await names({ sort: 'filename' }), ['a.bin', 'b.bin']);
  assert.deepEqual(await names({ filter: `sha256==${first.sha256}` }), ['b.bin']);
  assert.deepEqual(await names({ filter: `kind==swu` }), []);
  assert.equal(second.kind, 'other');
});

test('a download gives the same bytes, in ranges too, and names the file', async () => {
  const bytes = randomBytes(400_000);
  const artifact = await uploaded(server, bytes, 'röt.bin');
  const at = `/api/v1/artifacts/${artifact.id}/content`;
  const whole = await server.fetch(at);
  assert.equal(whole.headers.get('etag'), `"${artifact.sha256}"`);
  assert.match(whole.headers.get('content-disposition') ?? '', /filename="r_t\.bin"; filename\*=UTF-8''r%C3%B6t\.bin/);
  assert.ok(Buffer.from(await whole.arrayBuffer()).equals(bytes));
  const part = await server.fetch(at, { headers: { range: 'bytes=100-199', 'if-range': `"${artifact.sha256}"` } });
  assert.equal(part.status, 206);
  assert.ok(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(100, 200)));
  assert.equal((await server.fetch(at, { method: 'HEAD' })).headers.get('content-length'), '400000');
  assert.equal((await server.fetch(at, { headers: { 'if-none-match': `"${artifact.sha256}"` } })).status, 304);
});

test('a thousand ranges in one request, as a delta update may ask, are answered in order', async () => {
  const bytes = randomBytes(2_000_000);
  const { id } = await uploaded(server, bytes);
  const ranges = Array.from(
    { length: 1000 },
    (_, index) => `${1_000_000 + index * 1000}-${1_000_000 + index * 1000 + 9}`,
  );
  const answer = await server.fetch(`/api/v1/artifacts/${id}/content`, {
    headers: { range: `bytes=${ranges.join(',')}` },
  });
  assert.equal(answer.status, 206);
  const body = Buffer.from(await answer.arrayBuffer()).toString('latin1');
  const parts = body.matchAll(/Content-Range: bytes (\d+-\d+)\/2000000\r\n\r\n(.{10})/gs);
  assert.deepEqual(
    [...parts].map(([, range, content]) => [range, content]),
    ranges.map((range) => [range, bytes.subarray(Number.parseInt(range, 10)).toString('latin1', 0, 10)]),
  );
});

test('equal content is one object, which goes with the last artifact that has it', async () => {
  const files = await newFilesOf(server);
  const one = await uploaded(server, Buffer.from('shared'), 'one');
  const two = await uploaded(server, Buffer.from('shared'), 'two');
  assert.deepEqual((await files()).objects, [one.sha256]);
  await server.api.call('artifacts.delete', { params: { id: one.id } });
  assert.deepEqual((await files()).objects, [one.sha256]);
  assert.equal((await server.fetch(`/api/v1/artifacts/${two.id}/content`)).status, 200);
  await server.api.call('artifacts.delete', { params: { id: two.id } });
  assert.deepEqual((await files()).objects, []);
  assert.equal((await server.fetch(`/api/v1/artifacts/${two.id}/content`)).status, 404);
});

test('content that is uploaded and deleted at once is there for every artifact that stays', async () => {
  for (let round = 0; round < 8; round++) {
    const old = await uploaded(server, Buffer.from(`content ${round}`));
    const [kept] = await Promise.all([
      uploaded(server, Buffer.from(`content ${round}`)),
      server.api.call('artifacts.delete', { params: { id: old.id } }),
    ]);
    const answer = await server.fetch(`/api/v1/artifacts/${kept.id}/content`);
    assert.equal(await answer.text(), `content ${round}`);
  }
});

test('an artifact that a component holds is not deleted', async () => {
  const { id } = await uploaded(server, Buffer.from('x'));
  const component = await server.api.call('components.create', { body: { name: 'os', version: '1', artifacts: [id] } });
  const held = await server.fetch(`/api/v1/artifacts/${id}`, { method: 'DELETE' });
  assert.equal(await codeOf(held), 'artifact-in-use');
  await server.api.call('components.delete', { params: { id: component.id } });
  await server.api.call('artifacts.delete', { params: { id } });
});

test('what an artifact or an upload is called in one tenant means nothing in another', async () => {
  const artifact = await uploaded(server, Buffer.from('mine'));
  const user = { name: 'other', password: 'correct horse battery staple' };
  await server.api.call('tenants.create', { body: { name: 'OTHER', user } });
  const as = `Basic ${Buffer.from('other:correct horse battery staple').toString('base64')}`;
  assert.equal((await server.fetch(`/api/v1/artifacts/${artifact.id}/content`, { as })).status, 404);
  assert.equal((await server.fetch(`/api/v1/artifacts/${artifact.id}`, { as, method: 'DELETE' })).status, 404);
  assert.equal(((await (await server.fetch('/api/v1/artifacts', { as })).json()) as { total: number }).total, 0);
});

test('nobody uploads without a credential', async () => {
  const init = { method: 'POST', body: 'x', headers: { 'content-type': 'application/octet-stream' }, as: null };
  assert.equal((await server.fetch('/api/v1/artifacts?filename=a', init)).status, 401);
});
