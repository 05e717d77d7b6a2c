import assert from 'node:assert/strict';
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { aServerProcess, type ServerProcess } from './a-server-process.ts';
import { begunUpload, filesOf, patch, shownUpload, tus, uidOf, uploaded } from './uploading.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const MIB = 1024 ** 2;

async function aFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'updraft-survive-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Sends a chunk and kills the server a moment later; true if the server had answered before it died. */
async function killedWhileSending(server: ServerProcess, at: string, chunk: { offset: number; body: Uint8Array }) {
  const { kill } = server;
  const sending = patch(server, at, chunk).then(
    (answer) => answer.status === 204,
    () => false,
  );
  await wait(randomInt(1, 60));
  await kill();
  return sending;
}

async function offsetOf(server: ServerProcess, at: string): Promise<number> {
  const head = await tus(server, 'HEAD', at);
  assert.equal(head.status, 200);
  return Number(head.headers.get('upload-offset'));
}

test('a resumable upload outlives kill -9 at any moment, and its bytes are right in the end', async (t) => {
  const folder = await aFolder(t);
  const bytes = randomBytes(24 * MIB);
  let server = await aServerProcess(t, folder);
  const at = await begunUpload(server, bytes.length);
  let acknowledged = 0;
  for (let round = 0; round < 4; round++) {
    const offset = await offsetOf(server, at);
    assert.ok(offset >= acknowledged, `${acknowledged} bytes were acknowledged, ${offset} are there`);
    const end = Math.min(bytes.length, offset + 2 * MIB);
    assert.equal((await patch(server, at, { offset, body: bytes.subarray(offset, end) })).status, 204);
    acknowledged = end;
    const rest = { offset: end, body: bytes.subarray(end) };
    if (await killedWhileSending(server, at, rest)) acknowledged = bytes.length;
    server = await aServerProcess(t, folder);
  }
  const offset = await offsetOf(server, at);
  assert.ok(offset >= acknowledged);
  if (offset < bytes.length) {
    assert.equal((await patch(server, at, { offset, body: bytes.subarray(offset) })).status, 204);
  }
  const shown = await shownUpload(server, at);
  assert.equal(shown.state, 'done');
  const artifact = await server.api.call('artifacts.show', { params: { id: shown.artifact ?? '' } });
  assert.deepEqual([artifact.size, artifact.sha256], [bytes.length, sha256(bytes)]);
  assert.deepEqual(await filesOf(server), { uploads: [], objects: [artifact.sha256] });
});

test('an upload that is killed at its last byte ends once, as one artifact', async (t) => {
  const folder = await aFolder(t);
  let server = await aServerProcess(t, folder);
  for (let round = 0; round < 3; round++) {
    const bytes = randomBytes(MIB);
    const at = await begunUpload(server, bytes.length, `round-${round}`);
    await patch(server, at, { offset: 0, body: bytes.subarray(0, MIB - 1) });
    await killedWhileSending(server, at, { offset: MIB - 1, body: bytes.subarray(MIB - 1) });
    server = await aServerProcess(t, folder);
    const offset = await offsetOf(server, at);
    assert.ok(offset >= MIB - 1);
    if (offset < MIB) await patch(server, at, { offset, body: bytes.subarray(offset) });
    const list = await server.api.call('artifacts.list', { query: { filter: `sha256==${sha256(bytes)}` } });
    assert.equal(list.total, 1);
    assert.equal((await shownUpload(server, at)).artifact, list.items[0]?.id);
  }
});

test('an upload in one request that is killed leaves no half object, and the next start clears its file away', async (t) => {
  const folder = await aFolder(t);
  const server = await aServerProcess(t, folder);
  const { hostname, port } = new URL(server.url);
  const headers = { authorization: server.authorization, 'content-length': String(8 * MIB) };
  const outgoing = request({ hostname, port, method: 'POST', path: '/api/v1/artifacts?filename=a', headers });
  const broken = new Promise((resolve) => outgoing.once('close', resolve));
  outgoing.on('error', () => undefined);
  outgoing.write(randomBytes(3 * MIB));
  while ((await filesOf(server)).uploads.length === 0) await wait(1);
  await server.kill();
  await broken;
  assert.equal((await filesOf(server)).uploads.length, 1);
  const again = await aServerProcess(t, folder);
  assert.deepEqual(await filesOf(again), { uploads: [], objects: [] });
  assert.equal((await again.api.call('artifacts.list')).total, 0);
  await uploaded(again, Buffer.from('the next one'));
});

test('the file of a resumable upload is kept over a restart, and goes when the upload has ended', async (t) => {
  const folder = await aFolder(t);
  const server = await aServerProcess(t, folder);
  const at = await begunUpload(server, 10);
  await patch(server, at, { offset: 0, body: Buffer.from('01234') });
  await server.kill();
  const again = await aServerProcess(t, folder);
  assert.deepEqual((await filesOf(again)).uploads, [`${uidOf(at)}.upload`]);
  const shown = await shownUpload(again, at);
  assert.deepEqual([shown.state, shown.offset], ['receiving', 5]);
  await patch(again, at, { offset: 5, body: Buffer.from('56789') });
  assert.deepEqual((await filesOf(again)).uploads, []);
});

test('a large upload is never in memory as a whole', async (t) => {
  const server = await aServerProcess(t, await aFolder(t));
  await uploaded(server, randomBytes(MIB));
  await server.forgetPeak();
  const before = await server.peakMemory();
  const bytes = 192 * MIB;
  const { hostname, port } = new URL(server.url);
  const headers = { authorization: server.authorization, 'content-length': String(bytes) };
  const outgoing = request({ hostname, port, method: 'POST', path: '/api/v1/artifacts?filename=a', headers });
  const answered = once(outgoing, 'response');
  const block = randomBytes(MIB);
  for (let sent = 0; sent < bytes; sent += block.length) {
    if (!outgoing.write(block)) await once(outgoing, 'drain');
  }
  outgoing.end();
  const [answer] = (await answered) as [{ statusCode: number; resume: () => void }];
  answer.resume();
  assert.equal(answer.statusCode, 201);
  const growth = (await server.peakMemory()) - before;
  assert.ok(growth < 96 * MIB, `${Math.round(growth / MIB)} MiB more for an upload of ${bytes / MIB} MiB`);
});
