import { DEFAULT_OVERDUE_ALLOWANCE_SECONDS, DEFAULT_POLL_INTERVAL_SECONDS, type FilterMoments } from '@updraft/core';
import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';

/** The time of a filter's evaluation in a tenant: what is overdue hangs on its poll interval and its allowance. */
export async function filterMoments(db: Kysely<Schema>, tenant: number, now: number): Promise<FilterMoments> {
  const row = await db
    .selectFrom('tenant')
    .select(['poll_interval_seconds', 'overdue_allowance_seconds'])
    .where('id', '=', tenant)
    .executeTakeFirst();
  const interval = row?.poll_interval_seconds ?? DEFAULT_POLL_INTERVAL_SECONDS;
  const allowance = row?.overdue_allowance_seconds ?? DEFAULT_OVERDUE_ALLOWANCE_SECONDS;
  return { now, overdueAt: now - (interval + allowance) * 1000 };
}
