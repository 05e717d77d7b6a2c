import { fold } from '@updraft/core';
import type { Kysely, Selectable } from 'kysely';
import { sql } from 'kysely';
import type { CommandContext } from '../command.ts';
import { changedAtSql, changedBySql } from '../list/changed-sql.ts';
import type { ListDeclaration, ValueRows } from '../list/list-fields.ts';
import type { Schema } from '../schema.ts';
import type { TagWords } from './tag-repository.ts';

export type ReleaseTagRow = Selectable<Schema['release_tag']>;

const TAGGED: ValueRows = {
  from: 'tagged_release inner join release on release.id = tagged_release.release',
  owner: 'tagged_release.tag',
  of: 'release_tag.id',
};

export const RELEASE_TAG_LIST: ListDeclaration = {
  fields: {
    name: { type: 'text', column: 'release_tag.name_fold', sortable: true },
    number: { type: 'number', column: 'release_tag.id', sortable: true },
    description: { type: 'text', column: sql`lower(release_tag.description)` },
    colour: { type: 'text', column: sql`lower(release_tag.colour)` },
    'release.number': { type: 'number', column: 'tagged_release.release', rows: TAGGED },
    'release.name': { type: 'text', column: 'release.name_fold', rows: TAGGED },
    createdAt: { type: 'instant', column: 'release_tag.created_at' },
    createdBy: { type: 'text', column: sql`lower(release_tag.created_by)` },
    changedAt: { type: 'instant', column: changedAtSql('release_tag') },
    changedBy: { type: 'text', column: changedBySql('release_tag') },
  },
  id: 'release_tag.id',
  defaultSort: 'name',
};

export function selectReleaseTags(db: Kysely<Schema>, tenant: number) {
  return db.selectFrom('release_tag').selectAll('release_tag').where('release_tag.tenant', '=', tenant);
}

export async function findReleaseTagById(
  db: Kysely<Schema>,
  tenant: number,
  id: number,
): Promise<ReleaseTagRow | undefined> {
  return selectReleaseTags(db, tenant).where('release_tag.id', '=', id).executeTakeFirst();
}

/** The id of the tag of that name, in either case; undefined where there is none. */
export async function findReleaseTag(db: Kysely<Schema>, tenant: number, name: string): Promise<number | undefined> {
  const named = selectReleaseTags(db, tenant).where('release_tag.name_fold', '=', fold(name));
  return (await named.executeTakeFirst())?.id;
}

/** Adds a tag; undefined where the tenant has one of that name. */
export async function insertReleaseTag(
  { db, now }: CommandContext,
  by: { readonly tenant: number; readonly actor: string },
  { name, description, colour }: Required<TagWords>,
): Promise<ReleaseTagRow | undefined> {
  const marks = { tenant: by.tenant, created_at: now, created_by: by.actor };
  return db
    .insertInto('release_tag')
    .values({ name, name_fold: fold(name), description, colour, ...marks })
    .onConflict((conflict) => conflict.columns(['tenant', 'name_fold']).doNothing())
    .returningAll()
    .executeTakeFirst();
}

export async function changeReleaseTag(
  { db, now }: CommandContext,
  tag: { readonly id: number; readonly actor: string },
  { name, ...words }: TagWords,
): Promise<void> {
  const renamed = name === undefined ? {} : { name, name_fold: fold(name) };
  await db
    .updateTable('release_tag')
    .set({ ...words, ...renamed, changed_at: now, changed_by: tag.actor })
    .where('id', '=', tag.id)
    .execute();
}

/** Also from the releases that bear it. */
export async function deleteReleaseTag({ db }: CommandContext, id: number): Promise<void> {
  await db.deleteFrom('release_tag').where('id', '=', id).execute();
}

export async function tagReleases({ db }: CommandContext, tag: number, releases: readonly number[]): Promise<void> {
  if (releases.length === 0) return;
  await db
    .insertInto('tagged_release')
    .values(releases.map((release) => ({ tag, release })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function untagReleases({ db }: CommandContext, tag: number, releases: readonly number[]): Promise<void> {
  if (releases.length === 0) return;
  await db.deleteFrom('tagged_release').where('tag', '=', tag).where('release', 'in', releases).execute();
}
