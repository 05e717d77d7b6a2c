import { existsSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { nativeCode, StoreError } from './store-error.ts';

const SQLITE_BUSY = 5;
/** In a data directory that is being restored. */
export const RESTORE_FOLDER = 'restoring';

/**
 * Keeps a second server off the data directory: `lock.db` is held in BEGIN EXCLUSIVE until this is disposed of. The
 * kernel frees it when the process dies, however it dies. Throws `data-dir-in-use`.
 */
export function lockDataDir(dataDir: string): Disposable {
  const database = new DatabaseSync(path.join(dataDir, 'lock.db'), { timeout: 0 });
  try {
    database.exec('begin exclusive');
  } catch (cause) {
    database.close();
    if (nativeCode(cause) !== SQLITE_BUSY) throw cause;
    throw new StoreError('data-dir-in-use', `another server runs on the data directory ${dataDir}`, { cause });
  }
  return { [Symbol.dispose]: () => database.close() };
}

/** Half of what a backup holds is worse than nothing: no server starts on it. Throws `restore-unfinished`. */
export function refuseUnfinishedRestore(dataDir: string): void {
  if (existsSync(path.join(dataDir, RESTORE_FOLDER)))
    throw new StoreError('restore-unfinished', `a restore into ${dataDir} was cut off: run it again`);
}
