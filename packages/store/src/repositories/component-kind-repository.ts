import { fold } from '@updraft/core';
import type { Kysely, Selectable } from 'kysely';
import type { CommandContext } from '../command.ts';
import { type DeletedShown, deletedSql } from '../list/deleted-sql.ts';
import { kindFields } from '../list/kind-fields.ts';
import type { ListDeclaration } from '../list/list-fields.ts';
import type { Schema } from '../schema.ts';

export type ComponentKindRow = Selectable<Schema['component_kind']>;

export const COMPONENT_KIND_LIST: ListDeclaration = {
  fields: {
    ...kindFields('component_kind'),
    maxAssignments: { type: 'number', column: 'component_kind.max_assignments' },
  },
  id: 'component_kind.id',
  defaultSort: 'name',
};

export function selectComponentKinds(db: Kysely<Schema>, tenant: number, shown: DeletedShown) {
  return db
    .selectFrom('component_kind')
    .selectAll('component_kind')
    .where('component_kind.tenant', '=', tenant)
    .where(deletedSql('component_kind', shown));
}

/** Kinds of the tenant by their ids, in the order of these; also those that are kept for history only. */
export async function componentKindsById(
  db: Kysely<Schema>,
  tenant: number,
  ids: readonly number[],
): Promise<readonly ComponentKindRow[]> {
  if (ids.length === 0) return [];
  return selectComponentKinds(db, tenant, 'with').where('id', 'in', ids).orderBy('id').execute();
}

/** Kinds of the tenant by the keys that components name. */
export async function componentKindsByKey(
  db: Kysely<Schema>,
  tenant: number,
  keys: readonly string[],
): Promise<readonly ComponentKindRow[]> {
  if (keys.length === 0) return [];
  return selectComponentKinds(db, tenant, 'with').where('key_fold', 'in', keys.map(fold)).execute();
}

export type NewComponentKind = Pick<
  ComponentKindRow,
  'key' | 'name' | 'description' | 'colour' | 'min_artifacts' | 'max_assignments'
>;

/** Adds a kind; undefined where the tenant has one of that name, or of that key. */
export async function insertComponentKind(
  { db, now }: CommandContext,
  by: { readonly tenant: number; readonly actor: string },
  kind: NewComponentKind,
): Promise<ComponentKindRow | undefined> {
  return db
    .insertInto('component_kind')
    .values({
      ...kind,
      tenant: by.tenant,
      key_fold: fold(kind.key),
      name_fold: fold(kind.name),
      created_at: now,
      created_by: by.actor,
      changed_at: now,
      changed_by: by.actor,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
}

export async function changeComponentKind(
  { db, now }: CommandContext,
  kind: { readonly id: number; readonly actor: string },
  change: Partial<Pick<ComponentKindRow, 'description' | 'colour' | 'deleted'>>,
): Promise<void> {
  const marks = { changed_at: now, changed_by: kind.actor };
  await db
    .updateTable('component_kind')
    .set({ ...change, ...marks })
    .where('id', '=', kind.id)
    .execute();
}

/** Whether a component is of the kind, or releases of some kind are made of it. */
export async function isComponentKindUsed(
  db: Kysely<Schema>,
  { id, tenant, key }: Pick<ComponentKindRow, 'id' | 'tenant' | 'key'>,
): Promise<boolean> {
  const part = db.selectFrom('release_kind_part').select('release_kind').where('component_kind', '=', id).limit(1);
  if ((await part.executeTakeFirst()) !== undefined) return true;
  const component = db.selectFrom('component').select('id').where('tenant', '=', tenant).where('kind', '=', key);
  return (await component.limit(1).executeTakeFirst()) !== undefined;
}

export async function deleteComponentKind({ db }: CommandContext, id: number): Promise<void> {
  await db.deleteFrom('component_kind').where('id', '=', id).execute();
}
