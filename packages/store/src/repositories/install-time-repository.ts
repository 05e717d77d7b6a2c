import { logBucketValue } from '@updraft/core';
import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';

/**
 * The shortest installation, to its end with the reboot, that devices were seen to do which a release is for, in seconds;
 * null: none was seen. A fifth off at most: the history keeps times in buckets.
 */
export async function shortestInstallSeconds(
  db: Kysely<Schema>,
  { tenant, release }: { readonly tenant: number; readonly release: number },
): Promise<number | null> {
  const types = await db
    .selectFrom('release_device_type')
    .select('device_type')
    .where('release', '=', release)
    .execute();
  const query = db
    .selectFrom('stage_time')
    .select(({ fn }) => fn.min('bucket').as('bucket'))
    .where('tenant', '=', tenant)
    .where('stage', '=', 'install');
  const ids = types.map(({ device_type: id }) => id);
  const row = await (ids.length === 0 ? query : query.where('device_type', 'in', ids)).executeTakeFirst();
  const bucket = row?.bucket ?? null;
  return bucket === null ? null : logBucketValue(bucket) / 1000;
}
