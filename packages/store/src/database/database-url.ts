import path from 'node:path';
import { StoreError } from './store-error.ts';

const DEFAULT_SQLITE_FILE = 'updraft.db';

export type DatabaseLocation =
  | { readonly dialect: 'sqlite'; readonly file: string }
  | { readonly dialect: 'postgres'; readonly url: string };

/**
 * Where a database is: `sqlite:` (updraft.db in the data directory), `sqlite:NAME` (another file there), or
 * `postgres://…`. A SQLite file stands in the data directory, because the directory's lock is what keeps a second
 * server away from it. Throws `database-url-invalid`.
 */
export function parseDatabaseUrl(url: string, dataDir: string): DatabaseLocation {
  if (/^postgres(ql)?:\/\//.test(url)) return { dialect: 'postgres', url };
  const name = /^sqlite:([\w.-]*)$/.exec(url)?.[1];
  if (name === undefined || name === '.' || name === '..')
    throw new StoreError(
      'database-url-invalid',
      'expected "sqlite:", "sqlite:NAME" (a file in the data directory) or "postgres://USER:PASSWORD@HOST:PORT/DATABASE"',
    );
  return { dialect: 'sqlite', file: path.join(dataDir, name === '' ? DEFAULT_SQLITE_FILE : name) };
}
