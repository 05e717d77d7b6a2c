import { mkdir, utimes } from 'node:fs/promises';
import path from 'node:path';
import { openDiskObjects } from '../src/objects/disk-objects.ts';
import type { ObjectsUnderTest } from './objects-contract.ts';
import { aTemporaryFolder } from './temporary-folder.ts';

const DAY_MS = 86_400_000;

/** Objects on disk in a folder of their own. */
export async function diskObjects(): Promise<ObjectsUnderTest & { readonly folder: string }> {
  const temporary = await aTemporaryFolder();
  const folder = path.join(temporary.path, 'objects');
  const incoming = path.join(temporary.path, 'incoming');
  await mkdir(incoming);
  return {
    folder,
    incoming,
    objects: await openDiskObjects(folder),
    makeOld: async (tenant, sha256) => {
      const time = new Date(Date.now() - DAY_MS);
      await utimes(path.join(folder, String(tenant), sha256.slice(0, 2), sha256), time, time);
    },
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  };
}
