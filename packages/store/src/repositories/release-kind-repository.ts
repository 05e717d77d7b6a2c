import { fold } from '@updraft/core';
import type { Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import { type DeletedShown, deletedSql } from '../list/deleted-sql.ts';
import { kindFields } from '../list/kind-fields.ts';
import type { ListDeclaration } from '../list/list-fields.ts';
import type { Schema } from '../schema.ts';
import type { ComponentKindRow } from './component-kind-repository.ts';
import type { ReleaseKindRow } from './taken-kinds-repository.ts';
import { tenantOptions } from './tenant-option-repository.ts';

export const RELEASE_KIND_LIST: ListDeclaration = {
  fields: kindFields('release_kind'),
  id: 'release_kind.id',
  defaultSort: 'name',
};

export function selectReleaseKinds(db: Kysely<Schema>, tenant: number, shown: DeletedShown) {
  return db
    .selectFrom('release_kind')
    .selectAll('release_kind')
    .where('release_kind.tenant', '=', tenant)
    .where(deletedSql('release_kind', shown));
}

/** Also a kind that is kept for history only. */
export async function findReleaseKindById(
  db: Kysely<Schema>,
  tenant: number,
  id: number,
): Promise<ReleaseKindRow | undefined> {
  return selectReleaseKinds(db, tenant, 'with').where('id', '=', id).executeTakeFirst();
}

export async function findReleaseKindByKey(
  db: Kysely<Schema>,
  tenant: number,
  key: string,
): Promise<ReleaseKindRow | undefined> {
  return selectReleaseKinds(db, tenant, 'without').where('key_fold', '=', fold(key)).executeTakeFirst();
}

/** hawkBit's first default, which every tenant begins with. */
const DEFAULT_KEY = 'os_app';

/** The kind of a release of which nobody says what kind it is. */
export async function findDefaultReleaseKind(db: Kysely<Schema>, tenant: number): Promise<ReleaseKindRow | undefined> {
  const chosen = (await tenantOptions(db, tenant)).get('default.ds.type');
  const kind = chosen === undefined ? undefined : await findReleaseKindById(db, tenant, Number(chosen.value));
  return kind ?? findReleaseKindByKey(db, tenant, DEFAULT_KEY);
}

/** A kind of components of which releases of a kind consist. */
export type ReleaseKindPart = ComponentKindRow & { readonly release_kind: number; readonly mandatory: 0 | 1 };

export async function partsOfReleaseKinds(
  db: Kysely<Schema>,
  kinds: readonly number[],
): Promise<readonly ReleaseKindPart[]> {
  if (kinds.length === 0) return [];
  return db
    .selectFrom('release_kind_part')
    .innerJoin('component_kind', 'component_kind.id', 'release_kind_part.component_kind')
    .selectAll('component_kind')
    .select(['release_kind_part.release_kind', 'release_kind_part.mandatory'])
    .where('release_kind_part.release_kind', 'in', kinds)
    .orderBy('component_kind.id')
    .execute();
}

export type NewReleaseKind = Pick<ReleaseKindRow, 'key' | 'name' | 'description' | 'colour'>;

/** Adds a kind without parts; undefined where the tenant has one of that name, or of that key. */
export async function insertReleaseKind(
  { db, now }: CommandContext,
  by: { readonly tenant: number; readonly actor: string },
  kind: NewReleaseKind,
): Promise<ReleaseKindRow | undefined> {
  return db
    .insertInto('release_kind')
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

export async function changeReleaseKind(
  { db, now }: CommandContext,
  kind: { readonly id: number; readonly actor: string },
  change: Partial<Pick<ReleaseKindRow, 'description' | 'colour' | 'deleted'>>,
): Promise<void> {
  const marks = { changed_at: now, changed_by: kind.actor };
  await db
    .updateTable('release_kind')
    .set({ ...change, ...marks })
    .where('id', '=', kind.id)
    .execute();
}

/** Adds a part, or says anew whether it is mandatory. */
export async function setReleaseKindPart(
  { db }: CommandContext,
  kind: number,
  part: { readonly id: number; readonly mandatory: boolean },
): Promise<void> {
  const mandatory = part.mandatory ? 1 : 0;
  await db
    .insertInto('release_kind_part')
    .values({ release_kind: kind, component_kind: part.id, mandatory })
    .onConflict((conflict) => conflict.columns(['release_kind', 'component_kind']).doUpdateSet({ mandatory }))
    .execute();
}

export async function removeReleaseKindPart({ db }: CommandContext, kind: number, part: number): Promise<void> {
  await db
    .deleteFrom('release_kind_part')
    .where('release_kind', '=', kind)
    .where('component_kind', '=', part)
    .execute();
}

export async function isReleaseKindUsed(db: Kysely<Schema>, kind: number): Promise<boolean> {
  const release = db.selectFrom('release').select('id').where('kind', '=', kind).limit(1);
  return (await release.executeTakeFirst()) !== undefined;
}

/** Device types take it no more. */
export async function forgetTakenKind({ db }: CommandContext, kind: number): Promise<void> {
  await db.deleteFrom('device_type_release_kind').where('release_kind', '=', kind).execute();
}

/** Takes its parts with it. */
export async function deleteReleaseKind({ db }: CommandContext, kind: number): Promise<void> {
  await db.deleteFrom('release_kind').where('id', '=', kind).execute();
}
