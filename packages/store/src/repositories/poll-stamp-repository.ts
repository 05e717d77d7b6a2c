import { sql, type Kysely } from 'kysely';
import type { Schema } from '../schema.ts';

/**
 * As of what a poll was answered: whatever may change a device's answer bumps its own revision, or that of its tenant
 * (design: 6-data 23).
 */
export type PollStamp = { readonly deviceRevision: number; readonly rolloutsRevision: number };

/** The stamps of devices as they are now, by device; those that are gone are left out. PostgreSQL only. */
export async function pollStampsOf(
  db: Kysely<Schema>,
  devices: readonly number[],
): Promise<ReadonlyMap<number, PollStamp>> {
  const { rows } = await sql<{ id: number; revision: number; rollouts_revision: number }>`
    select d.id, d.revision, n.rollouts_revision from device as d join tenant as n on n.id = d.tenant
    where d.id = any (${devices}::bigint[])`.execute(db);
  return new Map(
    rows.map((row) => [row.id, { deviceRevision: row.revision, rolloutsRevision: row.rollouts_revision }]),
  );
}
