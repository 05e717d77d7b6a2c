export type StoreErrorCode =
  | 'data-dir-in-use'
  | 'database-url-invalid'
  | 'database-inconsistent'
  | 'database-missing'
  | 'database-not-empty'
  | 'database-too-new'
  | 'database-too-old'
  | 'database-encoding'
  | 'database-unreachable'
  | 'limit-reached'
  | 'restore-unfinished'
  | 'schema-mismatch'
  | 'storage-full'
  | 'store-closed'
  | 'unique-violation';

/** What the store refuses or cannot do, for a reason that its caller can act on. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}

/** SQLite's extended result codes and PostgreSQL's SQLSTATE for a value that a unique index already holds. */
const UNIQUE_VIOLATIONS: ReadonlySet<unknown> = new Set([2067, 1555, 2579, '23505']);
/** SQLITE_FULL and SQLITE_IOERR_SHMSIZE (no room for the index of the log); PostgreSQL's disk_full. */
const STORAGE_FULL: ReadonlySet<unknown> = new Set([13, 4874, '53100']);
/** SQLITE_CORRUPT and SQLITE_NOTADB, without the bits that say where. */
const DAMAGED: ReadonlySet<unknown> = new Set([11, 26]);
/** Connections refused, lost or taken away: PostgreSQL's classes 08 and 57P, its end of an idle transaction, and the socket's own errors. */
const UNREACHABLE = /^(08...|25P03|57P0.|ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ETIMEDOUT)$/;

/** Whether `error` says that a unique index already holds the value, on either database. */
export function isUniqueViolation(error: unknown): boolean {
  return UNIQUE_VIOLATIONS.has(nativeCode(error));
}

/** Whether SQLite says that its file is damaged, or none of its own. */
export function isDamage(error: unknown): error is Error {
  const native = nativeCode(error);
  return error instanceof Error && typeof native === 'number' && DAMAGED.has(native & 0xff);
}

/**
 * The code under which a command's failure is told: our own kebab-case code if the error carries one, else what the
 * database's native code means, else `command-failed`.
 */
export function failureCode(error: unknown): string {
  const native = nativeCode(error);
  if (UNIQUE_VIOLATIONS.has(native)) return 'unique-violation';
  if (STORAGE_FULL.has(native)) return 'storage-full';
  if (typeof native !== 'string') return 'command-failed';
  if (UNREACHABLE.test(native)) return 'database-unreachable';
  return /^[a-z][a-z0-9]*(-[a-z0-9]+)+$/.test(native) ? native : 'command-failed';
}

/** What may be logged of a database's error: the error itself carries its connection, and that one the password. */
export function whatFailed(error: unknown): { readonly code: unknown; readonly reason: string } {
  return { code: nativeCode(error), reason: error instanceof Error ? error.message : String(error) };
}

/** `errcode` of node:sqlite, else `code` of everything else; undefined for what is no such error. */
export function nativeCode(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('errcode' in error) return error.errcode;
  return 'code' in error ? error.code : undefined;
}
