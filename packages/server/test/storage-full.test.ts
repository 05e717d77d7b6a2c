import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { aFleet, SWUPDATE_SAYS } from './a-fleet.ts';
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

test('while the disk of the objects is full devices are polled and served, and with room uploads go on without a restart', async (t) => {
  const dataDir = await aSmallDisk(t);
  if (dataDir === null) return;
  const fleet = await aFleet(t, { dataDir });
  const bytes = randomBytes(2 * MIB);
  const device = await fleet.device();
  const release = await fleet.release('1.0', { files: [{ filename: 'os.swu', bytes }] });
  const { number } = await fleet.assign(release, device);
  const ballast = path.join(dataDir, 'ballast');
  await writeFile(ballast, Buffer.alloc(MIB * (await freeMebibytes(dataDir))));

  assert.deepEqual(await refusal(await upload(fleet, randomBytes(4 * MIB))), [507, 'storage-full']);
  const { deploymentBase = '' } = await device.poll();
  const [chunk] = (JSON.parse((await device.ask(deploymentBase)).text) as Offer).deployment.chunks;
  const { href } = chunk?.artifacts[0]?._links['download-http'] ?? assert.fail();
  assert.deepEqual((await device.ask(href)).bytes, bytes);
  assert.equal((await device.report(number, SWUPDATE_SAYS.start)).status, 200);

  await rm(ballast);
  assert.equal((await uploaded(fleet, randomBytes(4 * MIB))).size, 4 * MIB);
  assert.equal((await device.report(number, SWUPDATE_SAYS.success)).status, 200);
});

type Link = Readonly<Record<'download-http', { readonly href: string }>>;
type Offer = {
  readonly deployment: { readonly chunks: readonly { readonly artifacts: readonly { readonly _links: Link }[] }[] };
};

/** All but what the database needs for a handful of reports. */
async function freeMebibytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return Math.floor((bavail * bsize) / MIB) - 3;
}
