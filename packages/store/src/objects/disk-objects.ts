import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { StoreError } from '../database/store-error.ts';
import type { ListedObject, ObjectStore, OpenObject } from './object-store.ts';
import { ObjectMissing } from './object-store.ts';

/** Where an object is for the moment in which it is decided whether it goes. */
const ASIDE_FOLDER = 'aside';
const SHA256 = /^[0-9a-f]{64}$/;
const TENANT = /^[1-9]\d{0,15}$/;
const FULL: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT']);

/**
 * Objects in a folder: `<tenant>/<first two digits>/<sha256>`. Files to adopt lie on the same file system. Any number of
 * processes may share the folder: a file's time of change says when it was adopted last, and a file appears, and goes,
 * by one rename.
 */
export async function openDiskObjects(folder: string): Promise<ObjectStore> {
  await makeDurableFolder(path.join(folder, ASIDE_FOLDER));
  const fileOf = (tenant: number, sha256: string) => {
    if (!TENANT.test(String(tenant)) || !SHA256.test(sha256)) throw new TypeError(`no object is named ${sha256}`);
    return path.join(folder, String(tenant), sha256.slice(0, 2), sha256);
  };
  return {
    adopt: (tenant, sha256, source) => adopt(source, fileOf(tenant, sha256)),
    open: (tenant, sha256) => openObject(fileOf(tenant, sha256), tenant, sha256),
    list: () => listObjects(folder),
    removeIfOlder: (tenant, sha256, adoptedBefore) =>
      removeIfOlder(fileOf(tenant, sha256), { aside: asideOf(folder, tenant, sha256), adoptedBefore }),
  };
}

async function adopt(source: string, target: string): Promise<void> {
  try {
    if (await touch(target)) return;
    await syncFile(source);
    await touch(source);
    await makeDurableFolder(path.dirname(target));
    await rename(source, target);
    await syncFile(path.dirname(target));
  } catch (cause) {
    if (FULL.has(codeOf(cause))) throw new StoreError('storage-full', 'the disk of the objects is full', { cause });
    throw cause;
  }
}

async function openObject(file: string, tenant: number, sha256: string): Promise<OpenObject> {
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw codeOf(cause) === 'ENOENT' ? new ObjectMissing(tenant, sha256, { cause }) : cause;
  });
  const { size } = await handle.stat();
  const close = () => handle.close();
  return {
    size,
    read: async (buffer, position) => (await handle.read(buffer, 0, buffer.length, position)).bytesRead,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function* listObjects(folder: string): AsyncIterable<ListedObject> {
  await settleAside(folder);
  for (const tenant of (await readdir(folder)).filter((name) => TENANT.test(name)))
    for (const prefix of await readdir(path.join(folder, tenant)))
      for (const sha256 of (await readdir(path.join(folder, tenant, prefix))).filter((name) => SHA256.test(name))) {
        const adoptedAt = await timeOf(path.join(folder, tenant, prefix, sha256));
        if (adoptedAt !== null) yield { tenant: Number(tenant), sha256, adoptedAt };
      }
}

/**
 * The object is moved aside first and looked at there. Whoever adopted it before the move has left his time on the file:
 * it is put back. Whoever adopts it after the move finds none, and brings his own file.
 */
async function removeIfOlder(
  file: string,
  { aside, adoptedBefore }: { readonly aside: string; readonly adoptedBefore: number },
): Promise<boolean> {
  const adoptedAt = await timeOf(file);
  if (adoptedAt === null || adoptedAt >= adoptedBefore) return false;
  if (!(await moved(file, aside))) return false;
  const adoptedMeanwhile = ((await timeOf(aside)) ?? 0) >= adoptedBefore;
  if (adoptedMeanwhile) await putBack(aside, file);
  await rm(aside, { force: true });
  return !adoptedMeanwhile;
}

function asideOf(folder: string, tenant: number, sha256: string): string {
  return path.join(folder, ASIDE_FOLDER, `${tenant}.${sha256}.${randomUUID()}`);
}

/** A process that died between the two moves has left an object aside: it goes back, and the next sweep decides anew. */
async function settleAside(folder: string): Promise<void> {
  for (const name of await readdir(path.join(folder, ASIDE_FOLDER))) {
    const [tenant = '', sha256 = ''] = name.split('.');
    const aside = path.join(folder, ASIDE_FOLDER, name);
    if (TENANT.test(tenant) && SHA256.test(sha256))
      await putBack(aside, path.join(folder, tenant, sha256.slice(0, 2), sha256));
    await rm(aside, { force: true });
  }
}

/** A link, not a rename: what has been adopted since then stays. */
async function putBack(aside: string, file: string): Promise<void> {
  try {
    await link(aside, file);
  } catch (error) {
    if (!['EEXIST', 'ENOENT'].includes(String(codeOf(error)))) throw error;
  }
}

async function moved(from: string, to: string): Promise<boolean> {
  return absentAsFalse(rename(from, to));
}

/** Marks the file as adopted now; false where there is none. */
async function touch(file: string): Promise<boolean> {
  const now = new Date();
  return absentAsFalse(utimes(file, now, now));
}

async function absentAsFalse(work: Promise<void>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function timeOf(file: string): Promise<number | null> {
  try {
    return (await stat(file)).mtimeMs;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

async function makeDurableFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = path.dirname(made)) await syncFile(path.dirname(made));
}

/** A file, or a folder whose entries are to survive. */
async function syncFile(file: string): Promise<void> {
  await using handle = await open(file, 'r');
  await handle.sync();
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
