import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInspector, type Inspector } from './inspector.ts';
import { INTAKE_LIMITS } from './intake-limits.ts';
import { openUploadSession, type UploadSession } from './upload-session.ts';

/** Takes files in: temporary files in one folder, each hashed and read while it grows. */
export interface Intake {
  readonly folder: string;
  readonly inspector: Inspector;
  /**
   * Runs `work` as the only holder of the upload with this uid. A request that is still receiving for it is cut off
   * first: its client has come back. `full` if too many uploads are under way.
   */
  hold<T>(uid: string, work: Holding<T>): Promise<T | 'full'>;
  /** Whether somebody is at work on the upload. */
  isHeld(uid: string): boolean;
  /** Bytes of an upload that are safe, without disturbing who receives them. */
  safeBytes(uid: string): Promise<number>;
  /** Removes an upload's file: it has become an object, or nothing. Waits for who holds it. */
  discard(uid: string): Promise<void>;
  /** The uids of files that nobody holds and that were last written before `before` (epoch ms). */
  leftovers(before: number): Promise<readonly string[]>;
  /** Cuts off what is being received, waits for the rest, and ends the inspector's thread. */
  close(): Promise<void>;
}

/** `newcomer` is aborted when somebody else asks for the upload: who is receiving then stops. */
export type Holding<T> = (session: UploadSession, newcomer: AbortSignal) => Promise<T>;

const SUFFIX = '.upload';

/** `folder` lies on the file system of the objects, so that a finished file becomes one without being copied. */
export async function createIntake(folder: string): Promise<Intake> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const inspector = createInspector();
  const desks = new Map<string, Desk>();
  const pathOf = (uid: string) => join(folder, `${uid}${SUFFIX}`);

  /** The desk of an upload; where all are taken, that of an idle one, whose file is hashed anew when its client returns. */
  function deskFor(uid: string): Desk | null {
    const known = desks.get(uid);
    if (known !== undefined) return known;
    if (desks.size >= INTAKE_LIMITS.uploadsAtOnce) {
      const idle = [...desks].find(([, other]) => other.holders === 0);
      if (idle === undefined) return null;
      desks.delete(idle[0]);
      void idle[1].close();
    }
    const desk = createDesk(() => openUploadSession(pathOf(uid), inspector));
    desks.set(uid, desk);
    return desk;
  }

  return {
    folder,
    inspector,
    async hold(uid, work) {
      const desk = deskFor(uid);
      return desk === null ? 'full' : desk.run(work);
    },
    isHeld: (uid) => (desks.get(uid)?.holders ?? 0) > 0,
    async safeBytes(uid) {
      return desks.get(uid)?.safe ?? (await statOf(pathOf(uid))).size;
    },
    async discard(uid) {
      const desk = desks.get(uid);
      desks.delete(uid);
      await desk?.close();
      await rm(pathOf(uid), { force: true });
    },
    async leftovers(before) {
      const names = (await readdir(folder)).filter((name) => name.endsWith(SUFFIX));
      const uids = names.map((name) => name.slice(0, -SUFFIX.length)).filter((uid) => !desks.has(uid));
      const modified = await Promise.all(uids.map(async (uid) => (await statOf(pathOf(uid))).modifiedAt));
      return uids.filter((_, index) => (modified[index] ?? 0) < before);
    },
    async close() {
      await Promise.all([...desks.values()].map((desk) => desk.close()));
      desks.clear();
      await inspector.close();
    },
  };
}

/** One upload's session, opened when it is first needed, and the requests that take turns at it. */
interface Desk {
  readonly holders: number;
  /** Undefined until the session is open. */
  readonly safe: number | undefined;
  run<T>(work: Holding<T>): Promise<T>;
  /** Cuts off what is being received, waits for its holders, and closes the session. */
  close(): Promise<void>;
}

function createDesk(open: () => Promise<UploadSession>): Desk {
  let session: UploadSession | null = null;
  let holders = 0;
  let last: Promise<unknown> = Promise.resolve();
  let newcomer = new AbortController();
  return {
    get holders() {
      return holders;
    },
    get safe() {
      return session?.safe;
    },
    async run(work) {
      holders += 1;
      newcomer.abort();
      newcomer = new AbortController();
      const { signal } = newcomer;
      const turn = last.then(async () => work((session ??= await open()), signal));
      last = Promise.allSettled([turn]);
      try {
        return await turn;
      } finally {
        holders -= 1;
      }
    },
    async close() {
      newcomer.abort();
      await last;
      await session?.close();
      session = null;
    },
  };
}

async function statOf(path: string): Promise<{ readonly size: number; readonly modifiedAt: number }> {
  try {
    const { size, mtimeMs } = await stat(path);
    return { size, modifiedAt: mtimeMs };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { size: 0, modifiedAt: Infinity };
    throw error;
  }
}
