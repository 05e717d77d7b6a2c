import type { Kysely } from 'kysely';
import type { ListDeclaration } from '../list/list-fields.ts';
import type { Schema } from '../schema.ts';
import type { StoredEvent } from './read-events.ts';

/** Names of events are lower case as they are born: they are their own fold. */
export const EVENT_LIST: ListDeclaration = {
  fields: {
    position: { type: 'number', column: 'event.position', sortable: true },
    at: { type: 'instant', column: 'event.at' },
    name: { type: 'text', column: 'event.name' },
    actor: { type: 'exact', column: 'event.actor' },
    subjectKind: { type: 'exact', column: 'event.subject_kind' },
    subjectId: { type: 'exact', column: 'event.subject_id' },
  },
  id: 'event.id',
  defaultSort: 'position',
};

/** A tenant's events that have a position. */
export function selectEvents(db: Kysely<Schema>, tenant: number) {
  return db
    .selectFrom('event')
    .select(['position', 'at', 'name', 'actor', 'subject_kind', 'subject_id', 'data'])
    .where('event.tenant', '=', tenant)
    .where('event.position', 'is not', null);
}

type SelectedEvent = Awaited<ReturnType<ReturnType<typeof selectEvents>['executeTakeFirstOrThrow']>>;

export function storedEventOf(row: SelectedEvent): StoredEvent {
  const { subject_kind: kind, subject_id: id, position, at, name, actor } = row;
  // Never null: the selection asks for one.
  return {
    position: position ?? 0,
    at,
    name,
    actor,
    subject: { kind, id },
    data: JSON.parse(row.data) as StoredEvent['data'],
  };
}
