import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { ApiClient } from '@updraft/protocols';
import { hashOf, hashOfFile } from '../../devices/slot-image.ts';
import { reportsOf } from '../assignments.ts';
import type { ArtifactEntry, DeviceEntry, Ledger, UploadEntry } from './ledger.ts';
import { appendTo, offsetOf } from './tus-client.ts';

const SHA256 = /^[0-9a-f]{64}$/;
/** Chunks end where they like; what is left goes in one. */
const ALL = Number.MAX_SAFE_INTEGER;

/** Finds every answered write of a round; uploads that the crash cut off go on and end well. */
export async function inspect(api: ApiClient, ledger: Ledger): Promise<void> {
  const resumed = await Promise.all(ledger.uploads.map((upload) => resume(api, upload)));
  await Promise.all([
    ...ledger.devices.map((device) => inspectDevice(api, device)),
    ...[...ledger.artifacts, ...resumed].map((artifact) => inspectArtifact(api, artifact)),
  ]);
}

async function inspectDevice(api: ApiClient, device: DeviceEntry): Promise<void> {
  const { name, assignment, details, hasEnded } = device;
  const shown = await api.call('devices.show', { params: { device: name } });
  assert.equal(shown.name, name);
  if (assignment === undefined) return;
  const { state, device: assignee } = await api.call('assignments.show', { params: { number: assignment } });
  assert.equal(assignee, name);
  if (hasEnded) assert.equal(state, 'succeeded', `the end of ${name} was answered`);
  const reports = await reportsOf(api, assignment);
  const kept = new Set(reports.flatMap((report) => report.details));
  assert.deepEqual(
    details.filter((detail) => !kept.has(detail)),
    [],
    'reports that were answered and are gone',
  );
}

/** Goes on where the server says, which is no byte less than it has answered, to the end. */
async function resume(api: ApiClient, upload: UploadEntry): Promise<ArtifactEntry> {
  const offset = await offsetOf(api, upload);
  assert.ok(offset >= upload.offset, `${upload.path} has ${offset} bytes; ${upload.offset} were answered`);
  if (offset < upload.bytes.length) {
    const end = await appendTo(api, { ...upload, offset }, ALL);
    assert.equal(end, upload.bytes.length);
  }
  const { state, artifact } = await api.call('uploads.show', { params: { id: path.posix.basename(upload.path) } });
  assert.equal(state, 'done');
  return { id: artifact ?? '', bytes: upload.bytes };
}

async function inspectArtifact(api: ApiClient, { id, bytes }: ArtifactEntry): Promise<void> {
  const { sha256, size } = await api.call('artifacts.show', { params: { id } });
  assert.deepEqual([sha256, size], [hashOf(bytes), bytes.length]);
  const content = Buffer.from(await (await api.open(`/artifacts/${id}/content`)).arrayBuffer());
  assert.equal(content.equals(bytes), true, `the content of ${id}`);
}

/** Hashes the objects on disk that are not in `seen`, and adds them: an object is whole or not there. */
export async function inspectObjects(dataDir: string, seen: Set<string>): Promise<void> {
  const entries = await readdir(dataDir, { recursive: true, withFileTypes: true });
  const objects = entries.filter((entry) => entry.isFile() && SHA256.test(entry.name) && !seen.has(entry.name));
  for (const { name, parentPath } of objects) {
    assert.equal(await hashOfFile(path.join(parentPath, name)), name, 'an object is not what its name says');
    seen.add(name);
  }
}
