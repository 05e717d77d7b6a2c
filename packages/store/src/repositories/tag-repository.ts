import { fold } from '@updraft/core';
import type { Kysely, Selectable } from 'kysely';
import { sql } from 'kysely';
import type { CommandContext } from '../command.ts';
import { changedAtSql, changedBySql } from '../list/changed-sql.ts';
import type { ListDeclaration } from '../list/list-fields.ts';
import type { Schema } from '../schema.ts';
import { SLICE_IDS } from './device-set-repository.ts';

export const TAG_LIST: ListDeclaration = {
  fields: {
    name: { type: 'text', column: 'tag.name_fold', sortable: true },
    number: { type: 'number', column: 'tag.id', sortable: true },
    description: { type: 'text', column: sql`lower(tag.description)` },
    colour: { type: 'text', column: sql`lower(tag.colour)` },
    createdAt: { type: 'instant', column: 'tag.created_at' },
    createdBy: { type: 'text', column: sql`lower(tag.created_by)` },
    changedAt: { type: 'instant', column: changedAtSql('tag') },
    changedBy: { type: 'text', column: changedBySql('tag') },
  },
  id: 'tag.id',
  defaultSort: 'name',
};

/** The tags of a tenant. */
export function selectTags(db: Kysely<Schema>, tenant: number) {
  return db.selectFrom('tag').selectAll('tag').where('tag.tenant', '=', tenant);
}

export type TagRow = Selectable<Schema['tag']>;

export async function findTagById(db: Kysely<Schema>, tenant: number, id: number): Promise<TagRow | undefined> {
  return selectTags(db, tenant).where('tag.id', '=', id).executeTakeFirst();
}

/** The tags of one device, in the order of their ids. */
export async function tagsOfDevice(db: Kysely<Schema>, device: number): Promise<readonly TagRow[]> {
  return db
    .selectFrom('device_tag')
    .innerJoin('tag', 'tag.id', 'device_tag.tag')
    .selectAll('tag')
    .where('device_tag.device', '=', device)
    .orderBy('tag.id')
    .execute();
}

/** Tags of devices, by device id, in the order of their folded names. */
export async function tagsOfDevices(
  db: Kysely<Schema>,
  devices: readonly number[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  const byDevice = new Map<number, string[]>();
  if (devices.length === 0) return byDevice;
  const rows = await db
    .selectFrom('device_tag')
    .innerJoin('tag', 'tag.id', 'device_tag.tag')
    .select(['device_tag.device', 'tag.name'])
    .where('device_tag.device', 'in', devices)
    .execute();
  for (const { device, name } of rows) byDevice.set(device, [...(byDevice.get(device) ?? []), name].toSorted());
  return byDevice;
}

/** The id of the tag of that name, in either case; undefined where there is none. */
export async function findTag(db: Kysely<Schema>, tenant: number, name: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('tag')
    .select('id')
    .where('tenant', '=', tenant)
    .where('name_fold', '=', fold(name))
    .executeTakeFirst();
  return row?.id;
}

/** The id of the tag of that name, which is made where there is none. */
export async function ensureTag(context: CommandContext, tenant: number, name: string): Promise<number> {
  const found = await findTag(context.db, tenant, name);
  if (found !== undefined) return found;
  const row = await context.db
    .insertInto('tag')
    .values({ tenant, name, name_fold: fold(name), created_at: context.now })
    .onConflict((conflict) =>
      conflict.columns(['tenant', 'name_fold']).doUpdateSet((eb) => ({ name: eb.ref('tag.name') })),
    )
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

/** What people say of a tag; what is left out stays. */
export type TagWords = { readonly name?: string; readonly description?: string; readonly colour?: string };

/** Adds a tag; undefined where the tenant has one of that name. */
export async function insertTag(
  { db, now }: CommandContext,
  tag: Required<TagWords> & { readonly tenant: number; readonly createdBy: string },
): Promise<TagRow | undefined> {
  const { tenant, name, description, colour, createdBy } = tag;
  return db
    .insertInto('tag')
    .values({ tenant, name, name_fold: fold(name), description, colour, created_at: now, created_by: createdBy })
    .onConflict((conflict) => conflict.columns(['tenant', 'name_fold']).doNothing())
    .returningAll()
    .executeTakeFirst();
}

/** Fails where the new name is another tag's. */
export async function changeTag(
  { db, now }: CommandContext,
  tag: { readonly id: number; readonly changedBy: string },
  { name, ...words }: TagWords,
): Promise<void> {
  await db
    .updateTable('tag')
    .set({
      ...words,
      ...(name === undefined ? {} : { name, name_fold: fold(name) }),
      changed_at: now,
      changed_by: tag.changedBy,
    })
    .where('id', '=', tag.id)
    .execute();
}

/** Takes a tag off all devices; tells how many bore it. */
export async function takeTagOff({ db }: CommandContext, tag: number): Promise<number> {
  const { numDeletedRows } = await db.deleteFrom('device_tag').where('tag', '=', tag).executeTakeFirst();
  return Number(numDeletedRows);
}

/** Puts a tag on devices, or takes it off; gives the ids of those that it changed. */
export async function tagDevices(
  context: CommandContext,
  tag: number,
  { devices, tagged }: { readonly devices: readonly number[]; readonly tagged: boolean },
): Promise<readonly number[]> {
  const changed: number[] = [];
  for (let at = 0; at < devices.length; at += SLICE_IDS) {
    const some = devices.slice(at, at + SLICE_IDS);
    const rows = tagged
      ? await context.db
          .insertInto('device_tag')
          .values(some.map((device) => ({ device, tag })))
          .onConflict((conflict) => conflict.doNothing())
          .returning('device')
          .execute()
      : await context.db
          .deleteFrom('device_tag')
          .where('tag', '=', tag)
          .where('device', 'in', some)
          .returning('device')
          .execute();
    changed.push(...rows.map(({ device }) => device));
  }
  return changed;
}

/** Removes a tag that no device bears; false where one does. */
export async function deleteTag({ db }: CommandContext, tag: number): Promise<boolean> {
  const borne = await db.selectFrom('device_tag').select('device').where('tag', '=', tag).limit(1).executeTakeFirst();
  if (borne !== undefined) return false;
  await db.deleteFrom('tag').where('id', '=', tag).execute();
  return true;
}

/** How many devices bear each of these tags, counted up to `bound` and one more. */
export async function countTagged(
  db: Kysely<Schema>,
  tags: readonly number[],
  bound: number,
): Promise<ReadonlyMap<number, number>> {
  const counts = new Map<number, number>();
  for (const tag of tags) {
    const few = db
      .selectFrom('device_tag')
      .select('device')
      .where('tag', '=', tag)
      .limit(bound + 1);
    const { rows } = await sql<{ n: number }>`select count(*) as n from ${few} as few`.execute(db);
    counts.set(tag, rows[0]?.n ?? 0);
  }
  return counts;
}
