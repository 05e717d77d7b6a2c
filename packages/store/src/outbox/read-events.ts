import type { Kysely } from 'kysely';
import { compiledOnce } from '../database/compiled-once.ts';
import type { Schema } from '../schema.ts';

export type StoredEvent = {
  readonly position: number;
  readonly at: number;
  readonly name: string;
  readonly actor: string | null;
  readonly subject: { readonly kind: string; readonly id: string };
  readonly data: Readonly<Record<string, unknown>>;
};

/** A tenant's events after a position, in their order, at most `limit`. From 0 on, that is all of them. */
export async function readEvents(
  reader: Kysely<Schema>,
  tenant: number,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<readonly StoredEvent[]> {
  const rows = await eventsAfter(reader, tenant, after).limit(limit).execute();
  return rows.map(({ subject_kind, subject_id, data, position, ...row }) => ({
    ...row,
    // Never null: the condition asks for more than a number.
    position: position ?? 0,
    subject: { kind: subject_kind, id: subject_id },
    data: JSON.parse(data) as Record<string, unknown>,
  }));
}

/** The position of a tenant's newest event, 0 where there is none: where a reader starts that wants only what comes. */
export async function lastPosition(reader: Kysely<Schema>, tenant: number): Promise<number> {
  return (await readLast(reader, { tenant })).rows[0]?.position ?? 0;
}

const readLast = compiledOnce((db, { tenant }: { readonly tenant: number }) =>
  db
    .selectFrom('event')
    .select('position')
    .where('tenant', '=', tenant)
    .where('position', 'is not', null)
    .orderBy('position', 'desc')
    .limit(1),
);

export function eventsAfter(reader: Kysely<Schema>, tenant: number, after: number) {
  return reader
    .selectFrom('event')
    .select(['position', 'at', 'name', 'actor', 'subject_kind', 'subject_id', 'data'])
    .where('tenant', '=', tenant)
    .where('position', '>', after)
    .orderBy('position');
}
