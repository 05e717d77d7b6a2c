import { chown, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';
import pg from 'pg';
import { ownClusterOrSkip } from '../../store/test/postgres-cluster.ts';
import { aSmallDisk } from './a-small-disk.ts';

/**
 * A database of PostgreSQL whose tables lie on a small disk of their own; it is gone before the disk is. No other test may
 * use its server: while the disk is full every checkpoint fails there, and so does what waits for one in any database.
 */
export type SmallPostgres = AsyncDisposable & { readonly url: string; readonly disk: string };

const NAME = 'small';

/** Null (and skipped) where there is no PostgreSQL, or no small disk can be mounted. */
export async function aSmallPostgres(t: TestContext): Promise<SmallPostgres | null> {
  // The user of PostgreSQL must be able to reach it.
  const disk = await aSmallDisk(t, '/tmp');
  const cluster = disk === null ? undefined : await ownClusterOrSkip(t);
  if (disk === null || cluster === undefined) return null;
  const client = new pg.Client({ connectionString: cluster.url });
  await client.connect();
  const folder = path.join(disk, 'tables');
  await mkdir(folder, { mode: 0o700 });
  const { rows } = await client.query<{ data_directory: string }>('show data_directory');
  const { uid, gid } = await stat(rows[0]?.data_directory ?? '');
  await chown(folder, uid, gid);
  await client.query(`create tablespace ${NAME} location '${folder}'`);
  await client.query(`create database ${NAME} tablespace ${NAME}`);
  await client.end();
  const url = new URL(`/${NAME}`, cluster.url).href;
  return { url, disk, [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() };
}
