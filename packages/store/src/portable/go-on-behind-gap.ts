import { sql, type Transaction } from 'kysely';
import { EVENT_POSITION } from '../outbox/sequence-events.ts';
import type { Schema } from '../schema.ts';

/** One past the last wire id: ids lie in 1..2^31−1. */
const WIRE_IDS_END = 2 ** 31;
/** A restore leaves at least nine tenths of the wire ids that a tenant still has. */
const WIRE_IDS_SHARE = 10;

/**
 * What a database from a backup needs before a server runs on it. Since the backup was made the lost server has given
 * ids away: a device that holds one must never find it on another assignment, a reader of events that has seen a
 * position must not take what is new for what it knows. So both go on behind a gap. Devices are asked for their
 * attributes, because what they run may have changed; uploads whose files are not there, and leases of processes that
 * are gone, go.
 */
export async function goOnBehindGap(db: Transaction<Schema>, gap: number): Promise<void> {
  await db
    .updateTable('tenant')
    .set({
      next_action: sql<number>`next_action + case
        when ${gap} < (${WIRE_IDS_END} - next_action) / ${WIRE_IDS_SHARE} then ${gap}
        else (${WIRE_IDS_END} - next_action) / ${WIRE_IDS_SHARE} end`,
    })
    .execute();
  await db
    .updateTable('server_state')
    .set({ value: sql<string>`cast(cast(value as bigint) + ${gap} as text)` })
    .where('key', '=', EVENT_POSITION)
    .execute();
  await db
    .updateTable('device')
    .set({ attributes_wanted: 1, revision: sql<number>`revision + 1` })
    .execute();
  await db.deleteFrom('upload').where('state', 'in', ['receiving', 'checking']).execute();
  await db.deleteFrom('lease').execute();
}
