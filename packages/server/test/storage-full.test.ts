import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { aServer } from './a-server.ts';
import { aSmallDisk } from './a-small-disk.ts';
import { begunUpload, filesOf, patch, refusal, tus, upload, uploaded } from './uploading.ts';

const MIB = 1024 ** 2;

function endless(): ReadableStream<Uint8Array> {
  return ReadableStream.from(
    (function* () {
      for (;;) yield randomBytes(MIB);
    })(),
  );
}

test('an upload that the disk has no room for is refused, leaves nothing, and the server goes on', async (t) => {
  const dataDir = await aSmallDisk(t);
  if (dataDir === null) return;
  const server = await aServer(t, { dataDir });
  assert.deepEqual(await refusal(await upload(server, new Uint8Array(60 * MIB))), [507, 'storage-full']);
  assert.deepEqual(await refusal(await upload(server, endless())), [507, 'storage-full']);
  assert.deepEqual(await filesOf(server), { uploads: [], objects: [] });
  assert.equal((await uploaded(server, randomBytes(MIB))).size, MIB);
});

test('a resumable upload of more than there is room for is refused when it is begun', async (t) => {
  const dataDir = await aSmallDisk(t);
  if (dataDir === null) return;
  const server = await aServer(t, { dataDir });
  const headers = { 'upload-length': 60 * MIB, 'upload-metadata': 'filename eA==' };
  assert.deepEqual(await refusal(await tus(server, 'POST', null, { headers })), [507, 'storage-full']);
});

test('a chunk that fills the disk is taken back, and the upload goes on when there is room', async (t) => {
  const dataDir = await aSmallDisk(t);
  if (dataDir === null) return;
  const server = await aServer(t, { dataDir });
  const at = await begunUpload(server, 30 * MIB);
  const bytes = randomBytes(30 * MIB);
  await patch(server, at, { offset: 0, body: bytes.subarray(0, 10 * MIB) });
  const other = await uploaded(server, randomBytes(25 * MIB), 'other');
  const full = await patch(server, at, { offset: 10 * MIB, body: bytes.subarray(10 * MIB) });
  assert.deepEqual(await refusal(full), [507, 'storage-full']);
  assert.equal((await tus(server, 'HEAD', at)).headers.get('upload-offset'), String(10 * MIB));
  await server.api.call('artifacts.delete', { params: { id: other.id } });
  assert.equal((await patch(server, at, { offset: 10 * MIB, body: bytes.subarray(10 * MIB) })).status, 204);
});
