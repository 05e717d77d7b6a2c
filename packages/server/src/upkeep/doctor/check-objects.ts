import path from 'node:path';
import { createHash } from 'node:crypto';
import { type DatabaseSource, ObjectMissing, type ObjectStore, openDiskObjects, type OpenObject } from '@updraft/store';
import { OBJECTS_FOLDER } from '../backup-manifest.ts';
import type { Examination } from './examine.ts';
import { fail, type Finding, ok } from './finding.ts';

/** Without `--full` so many are hashed; all are looked for. */
const HASHED_SAMPLE = 10;
const BUFFER_BYTES = 256 * 1024;
const MAX_NAMED = 5;

type Named = { readonly tenant: number; readonly sha256: string; readonly size: number };

/** Every artifact's bytes are there, as long as they were; a sample, or all, are what their name says. */
export async function checkObjects(
  { db }: DatabaseSource,
  dataDir: string,
  { full, progress }: Examination,
): Promise<Finding> {
  const named = await db.selectFrom('artifact').select(['tenant', 'sha256', 'size']).distinct().execute();
  const objects = await openDiskObjects(path.join(dataDir, OBJECTS_FOLDER));
  const step = full ? 1 : Math.max(1, Math.floor(named.length / HASHED_SAMPLE));
  const wrong: string[] = [];
  for (const [at, object] of named.entries()) {
    const fault = await faultOf(objects, object, at % step === 0);
    if (fault !== null) wrong.push(`${object.sha256} ${fault}`);
    progress('objects', at + 1);
  }
  const hashed = Math.ceil(named.length / step);
  if (wrong.length === 0) return ok('objects', `${named.length} are there, ${hashed} of them hashed`);
  const shown = wrong.slice(0, MAX_NAMED).join('; ');
  return fail('objects', {
    code: 'objects-damaged',
    fact: `${wrong.length} are not whole: ${shown}`,
    advice: 'Copy them from a backup (objects/SHA256), or upload the files anew.',
  });
}

async function faultOf(objects: ObjectStore, { tenant, sha256, size }: Named, hash: boolean): Promise<string | null> {
  try {
    await using object = await objects.open(tenant, sha256);
    if (object.size !== size) return `has ${object.size} of ${size} bytes`;
    return hash && (await sha256Of(object)) !== sha256 ? 'is not what its name says' : null;
  } catch (error) {
    if (error instanceof ObjectMissing) return 'is missing';
    throw error;
  }
}

async function sha256Of(object: OpenObject): Promise<string> {
  const hash = createHash('sha256');
  const buffer = new Uint8Array(BUFFER_BYTES);
  for (let position = 0; ;) {
    const length = await object.read(buffer, position);
    if (length === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, length));
    position += length;
  }
}
