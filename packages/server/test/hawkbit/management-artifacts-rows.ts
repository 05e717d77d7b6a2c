import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { ask, expect, type Json, refusedAs } from './management-kit.ts';
import { differs, gap, row, type Row } from './row.ts';
import { aModule, aSet, upload } from './software-kit.ts';

const digest = (hash: string, bytes: Buffer) => createHash(hash).update(bytes).digest('hex');

/** Artifacts of software modules: §1, §2 of the reference. */
export const artifactRows: readonly Row[] = [
  row('mgmt.artifacts.upload', 'a file of a form becomes an artifact', async (fleet) => {
    const { id } = await aModule(fleet);
    const bytes = randomBytes(300_000);
    const answer = await upload(fleet, id, { filename: 'firmware.bin', bytes });
    assert.equal(answer.status, 201, answer.text);
    const { _links, createdBy, createdAt, lastModifiedBy, lastModifiedAt, id: artifact, ...rest } = answer.body;
    assert.deepEqual(rest, {
      hashes: { sha1: digest('sha1', bytes), md5: digest('md5', bytes), sha256: digest('sha256', bytes) },
      providedFilename: 'firmware.bin',
      size: bytes.length,
    });
    assert.deepEqual([createdBy, lastModifiedBy, lastModifiedAt], ['admin', 'admin', createdAt]);
    const self = `${fleet.url}/rest/v1/softwaremodules/${id}/artifacts/${artifact}`;
    assert.deepEqual(_links, { self: { href: self }, download: { href: `${self}/download` } });
    assert.deepEqual(await expect(fleet, 200, `GET /softwaremodules/${id}/artifacts/${artifact}`), answer.body);
  }),
  row('mgmt.artifacts.filename', 'the query may give it another name', async (fleet) => {
    const { id } = await aModule(fleet);
    const { body } = await upload(fleet, id, { filename: 'a.bin', query: { filename: 'b.bin' } });
    assert.equal(body.providedFilename, 'b.bin');
  }),
  row('mgmt.artifacts.checksums', 'right checksums are taken, and a wrong one is told', async (fleet) => {
    const { id } = await aModule(fleet);
    const bytes = randomBytes(100);
    for (const hash of ['md5', 'sha1', 'sha256']) {
      const query = { [`${hash}sum`]: digest(hash, randomBytes(1)) };
      const key = `artifact.uploadFailed.checksum.${hash}.match`;
      refusedAs(await upload(fleet, id, { bytes, query }), 400, key);
    }
    assert.deepEqual(await expect(fleet, 200, `GET /softwaremodules/${id}/artifacts`), []);
    const [md5sum, sha1sum, sha256sum] = [digest('md5', bytes), digest('sha1', bytes), digest('sha256', bytes)];
    const query = { md5sum, sha1sum: sha1sum.toUpperCase(), sha256sum };
    assert.equal((await upload(fleet, id, { bytes, query })).status, 201);
  }),
  row('mgmt.artifacts.same-name', 'a module has one file of a name', async (fleet) => {
    const { id } = await aModule(fleet);
    assert.equal((await upload(fleet, id, { filename: 'a.bin' })).status, 201);
    refusedAs(await upload(fleet, id, { filename: 'a.bin' }), 409, 'repo.entityAlreadyExists');
    assert.equal((await upload(fleet, (await aModule(fleet)).id, { filename: 'a.bin' })).status, 201);
  }),
  row(
    'mgmt.artifacts.same-bytes',
    'the same bytes are stored once, and each artifact goes by itself',
    async (fleet) => {
      const [first, second] = [await aModule(fleet), await aModule(fleet)];
      const bytes = randomBytes(50);
      const one = (await upload(fleet, first.id, { bytes })).body;
      const other = (await upload(fleet, second.id, { bytes })).body;
      assert.notEqual(one.id, other.id);
      await expect(fleet, 204, `DELETE /softwaremodules/${first.id}/artifacts/${one.id}`);
      const left = await fleet.fetch(`/rest/v1/softwaremodules/${second.id}/artifacts/${other.id}/download`);
      assert.deepEqual(Buffer.from(await left.arrayBuffer()), bytes);
    },
  ),
  row('mgmt.artifacts.refused', 'what is no file of a form is refused', async (fleet) => {
    const { id } = await aModule(fleet);
    refusedAs(await upload(fleet, id, { part: 'other' }), 400, 'rest.body.notReadable');
    refusedAs(await upload(fleet, id, { bytes: Buffer.alloc(0) }), 400, 'repo.constraintViolation');
    for (const filename of ['../x', 'a<b>', 'x'.repeat(257)])
      refusedAs(await upload(fleet, id, { query: { filename } }), 400, 'repo.constraintViolation');
    const raw = { body: '{}', headers: { 'content-type': 'application/json' } };
    refusedAs(await ask(fleet, `POST /softwaremodules/${id}/artifacts`, raw), 415, 'rest.mediaTypeNotSupported');
    const cut = {
      body: '--b\r\ncontent-disposition: form-data; name=file; filename=x\r\n\r\nabc',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
    };
    refusedAs(await ask(fleet, `POST /softwaremodules/${id}/artifacts`, cut), 400, 'rest.body.notReadable');
    refusedAs(await upload(fleet, 999_999), 404, 'repo.entityNotFound');
  }),
  row('mgmt.artifacts.locked', 'a locked module takes and loses no artifacts', async (fleet) => {
    const { id } = await aModule(fleet);
    const { body } = await upload(fleet, id);
    await expect(fleet, 200, `PUT /softwaremodules/${id}`, { body: { locked: true } });
    refusedAs(await upload(fleet, id), 423, 'locked');
    refusedAs(await ask(fleet, `DELETE /softwaremodules/${id}/artifacts/${body.id}`), 423, 'locked');
  }),
  row('mgmt.artifacts.quota', 'a module has at most 50 artifacts', async (fleet) => {
    const { id } = await aModule(fleet);
    const bytes = Buffer.from('x');
    for (let at = 0; at < 50; at++) await upload(fleet, id, { bytes, filename: `f${at}` });
    assert.equal((await expect(fleet, 200, `GET /softwaremodules/${id}/artifacts`)).length, 50);
    refusedAs(await upload(fleet, id, { bytes }), 429, 'quota.tooManyEntries');
  }),
  row('mgmt.artifacts.list', 'artifacts are a bare array; their downloads are linked in full only', async (fleet) => {
    const { modules } = await aSet(fleet);
    const what = `GET /softwaremodules/${modules[0].id}/artifacts`;
    const rels = (body: Json) => body.map(({ _links }: Json) => Object.keys(_links));
    assert.deepEqual(rels(await expect(fleet, 200, what)), [['self']]);
    assert.deepEqual(rels(await expect(fleet, 200, `${what}?representation=full`)), [['self', 'download']]);
    refusedAs(await ask(fleet, 'GET /softwaremodules/999999/artifacts'), 404, 'repo.entityNotFound');
    refusedAs(await ask(fleet, `${what}/999999`), 404, 'repo.entityNotFound');
  }),
  differs('mgmt.artifacts.url-handler', 'useartifacturlhandler changes no link', {
    why: 'there is one address for downloads, so that no handler of addresses is to be configured',
    check: async (fleet) => {
      const { id } = await aModule(fleet);
      const { body } = await upload(fleet, id);
      const shown = await expect(
        fleet,
        200,
        `GET /softwaremodules/${id}/artifacts/${body.id}?useartifacturlhandler=true`,
      );
      assert.deepEqual(shown._links, body._links);
    },
  }),
  row('mgmt.artifacts.download', 'the bytes come whole, in part, and not at all to who has them', async (fleet) => {
    const { id } = await aModule(fleet);
    const bytes = randomBytes(1000);
    const { body } = await upload(fleet, id, { filename: 'über.bin', bytes });
    const path = `/rest/v1/softwaremodules/${id}/artifacts/${body.id}/download`;
    const whole = await fleet.fetch(path, { headers: { accept: 'application/octet-stream' } });
    assert.deepEqual([whole.status, whole.headers.get('content-type')], [200, 'application/octet-stream']);
    assert.match(
      whole.headers.get('content-disposition') ?? '',
      /^attachment; filename="_ber.bin"; filename\*=UTF-8''%C3%BCber.bin$/,
    );
    assert.deepEqual(Buffer.from(await whole.arrayBuffer()), bytes);
    const part = await fleet.fetch(path, { headers: { range: 'bytes=10-19' } });
    assert.deepEqual([part.status, part.headers.get('content-range')], [206, 'bytes 10-19/1000']);
    assert.deepEqual(Buffer.from(await part.arrayBuffer()), bytes.subarray(10, 20));
    const none = await fleet.fetch(path, { headers: { 'if-none-match': whole.headers.get('etag') ?? '' } });
    assert.equal(none.status, 304);
    const far = await fleet.fetch(path, { headers: { range: 'bytes=1000-' } });
    assert.equal(far.status, 416);
    const away = `GET /softwaremodules/${id}/artifacts/999999/download`;
    refusedAs(await ask(fleet, away), 404, 'repo.entityNotFound');
    refusedAs(await ask(fleet, away, { as: null }), 401, 'notAuthenticated');
  }),
  row('mgmt.artifacts.delete', 'a deleted artifact is gone', async (fleet) => {
    const { id } = await aModule(fleet);
    const { body } = await upload(fleet, id, { filename: 'a.bin' });
    const what = `/softwaremodules/${id}/artifacts/${body.id}`;
    await expect(fleet, 204, `DELETE ${what}`);
    refusedAs(await ask(fleet, `GET ${what}`), 404, 'repo.entityNotFound');
    refusedAs(await ask(fleet, `DELETE ${what}`), 404, 'repo.entityNotFound');
    assert.equal((await upload(fleet, id, { filename: 'a.bin' })).status, 201);
  }),
  row('mgmt.artifacts.method', 'other methods are told which there are', async (fleet) => {
    const answer = await ask(fleet, `PUT /softwaremodules/1/artifacts`, { body: {} });
    refusedAs(answer, 405, 'rest.methodNotAllowed');
    assert.equal(answer.headers.get('allow'), 'GET, HEAD, POST');
  }),
  row('mgmt.artifacts.binary-deleted', 'an artifact whose bytes a disk has lost is told as gone', async (fleet) => {
    const { id } = await aModule(fleet);
    const { body } = await upload(fleet, id);
    const { sha256 } = body.hashes;
    const objects = path.join(fleet.dataDir, 'objects');
    const [file = ''] = (await readdir(objects, { recursive: true })).filter((name) => name.endsWith(sha256));
    await rm(path.join(objects, file));
    const what = `/softwaremodules/${id}/artifacts/${body.id}`;
    refusedAs(await ask(fleet, `GET ${what}/download`), 410, 'artifact.binaryDeleted');
    assert.equal((await expect(fleet, 200, `GET ${what}`)).id, body.id);
  }),
  gap(
    'mgmt.artifacts.signing',
    'a bundle that the signing policy refuses is told as a broken constraint',
    'hawkBit has no such policy; the intake that judges is that of our own API, whose tests show it',
  ),
  gap(
    'mgmt.artifacts.permission',
    'downloads need READ_SOFTWARE_MODULE_ARTIFACT, and each entity its own permissions',
    'users of a tenant may do all but what our few rights name',
  ),
];
