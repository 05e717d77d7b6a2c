import { fold } from '@updraft/core';
import type { Insertable, Kysely, Selectable } from 'kysely';
import { sql } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { ListDeclaration } from '../list/list-fields.ts';
import type { Schema } from '../schema.ts';

export const IMPORTED_RECORD_LIST: ListDeclaration = {
  fields: {
    startedAt: { type: 'instant', column: 'imported_record.started_at', sortable: true },
    endedAt: { type: 'instant', column: 'imported_record.ended_at' },
    kind: { type: 'word', words: ['rollout', 'assignment'], column: 'imported_record.kind' },
    device: { type: 'text', column: 'imported_record.device_fold', sortable: true },
    rollout: { type: 'text', column: 'imported_record.rollout_fold' },
    release: { type: 'text', column: 'imported_record.release_fold' },
    state: { type: 'text', column: 'imported_record.state' },
    number: { type: 'number', column: 'imported_record.number' },
    source: { type: 'text', column: sql`lower(imported_record.source)` },
  },
  id: 'imported_record.id',
  defaultSort: '-startedAt',
};

export type ImportedRecordRow = Selectable<Schema['imported_record']>;

/** What other servers have told a tenant of their past. */
export function selectImportedRecords(db: Kysely<Schema>, tenant: number) {
  return db.selectFrom('imported_record').selectAll('imported_record').where('imported_record.tenant', '=', tenant);
}

export type ImportedRecord = Omit<
  Insertable<Schema['imported_record']>,
  'id' | 'tenant' | 'source' | 'device_fold' | 'rollout_fold' | 'release_fold'
>;

/** Writes down those that are not here yet; tells how many that were. */
export async function insertImportedRecords(
  { db }: CommandContext,
  from: { readonly tenant: number; readonly source: string },
  records: readonly ImportedRecord[],
): Promise<number> {
  const rows = records.map((record) => ({
    ...from,
    ...record,
    device_fold: fold(record.device),
    rollout_fold: fold(record.rollout),
    release_fold: fold(record.release),
  }));
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('imported_record')
    .values(rows)
    .onConflict((conflict) => conflict.columns(['tenant', 'source', 'kind', 'number']).doNothing())
    .executeTakeFirstOrThrow();
  return Number(numInsertedOrUpdatedRows ?? 0);
}
