import { pathFold, pathsUpwards } from '@updraft/core';
import type { Kysely, Selectable } from 'kysely';
import { sql } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { ListDeclaration } from '../list/list-fields.ts';
import type { Schema } from '../schema.ts';
import { newUid } from '../uid.ts';
import { SLICE_IDS } from './device-set-repository.ts';

export type GroupRow = Selectable<Schema['device_group']>;

export const GROUP_LIST: ListDeclaration = {
  fields: {
    path: { type: 'path', column: 'device_group.path_fold', sortable: true },
    zone: { type: 'text', column: sql`lower(device_group.zone)` },
  },
  id: 'device_group.id',
  defaultSort: 'path',
};

/** The groups of a tenant. */
export function selectGroups(db: Kysely<Schema>, tenant: number) {
  return db.selectFrom('device_group').selectAll('device_group').where('device_group.tenant', '=', tenant);
}

export async function findGroup(db: Kysely<Schema>, tenant: number, uid: string): Promise<GroupRow | undefined> {
  return selectGroups(db, tenant).where('uid', '=', uid).executeTakeFirst();
}

/** The group at a path, in either case of its letters. */
export async function groupAt(db: Kysely<Schema>, tenant: number, path: string): Promise<GroupRow | undefined> {
  return selectGroups(db, tenant).where('path_fold', '=', pathFold(path)).executeTakeFirst();
}

/** The group at a path, with those above it, which are made where they are missing. It is written as it stood before. */
export async function ensureGroup(context: CommandContext, tenant: number, path: string): Promise<GroupRow> {
  const upwards = pathsUpwards(path);
  const standing = await selectGroups(context.db, tenant).where('path_fold', 'in', upwards.map(pathFold)).execute();
  let above = '';
  let row: GroupRow | undefined;
  for (const each of upwards.toReversed()) {
    // What lies below a group is written as the group is.
    const written = above + each.slice(each.lastIndexOf('/'));
    row =
      standing.find(({ path_fold }) => path_fold === pathFold(each)) ?? (await insertGroup(context, tenant, written));
    above = row.path;
  }
  if (row === undefined) throw new Error(`"${path}" is no path of a group`);
  return row;
}

async function insertGroup(context: CommandContext, tenant: number, path: string): Promise<GroupRow> {
  const { db, now } = context;
  return db
    .insertInto('device_group')
    .values({ uid: newUid(now), tenant, path, path_fold: pathFold(path), zone: '', created_at: now })
    .onConflict((conflict) =>
      conflict.columns(['tenant', 'path_fold']).doUpdateSet((eb) => ({ path: eb.ref('device_group.path') })),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Names the zone of a group's devices; undefined where the revision is another. */
export async function setGroupZone(
  { db }: CommandContext,
  group: { readonly id: number; readonly expectedRevision: number | null },
  zone: string,
): Promise<GroupRow | undefined> {
  const update = db
    .updateTable('device_group')
    .set((eb) => ({ zone, revision: eb('revision', '+', 1) }))
    .where('id', '=', group.id);
  const guarded = group.expectedRevision === null ? update : update.where('revision', '=', group.expectedRevision);
  return guarded.returningAll().executeTakeFirst();
}

/** Removes a group; false where a device or another group lies in it or below. */
export async function deleteGroup({ db }: CommandContext, group: GroupRow): Promise<boolean> {
  const after = `${group.path_fold.slice(0, -1)}0`;
  const device = db
    .selectFrom('device')
    .select('id')
    .where('tenant', '=', group.tenant)
    .where('group_fold', '>=', group.path_fold)
    .where('group_fold', '<', after);
  const below = db
    .selectFrom('device_group')
    .select('id')
    .where('tenant', '=', group.tenant)
    .where('path_fold', '>', group.path_fold)
    .where('path_fold', '<', after);
  if ((await device.limit(1).executeTakeFirst()) !== undefined) return false;
  if ((await below.limit(1).executeTakeFirst()) !== undefined) return false;
  await db.deleteFrom('device_group').where('id', '=', group.id).execute();
  return true;
}

/** Puts devices into a group; null: into none. Gives the ids of those that were not there already. */
export async function moveToGroup(
  { db }: CommandContext,
  devices: readonly number[],
  group: Pick<GroupRow, 'path' | 'path_fold'> | null,
): Promise<readonly number[]> {
  const { path, path_fold } = group ?? { path: '', path_fold: '' };
  const moved: number[] = [];
  for (let at = 0; at < devices.length; at += SLICE_IDS) {
    const rows = await db
      .updateTable('device')
      .set({ group_path: path, group_fold: path_fold })
      .where('id', 'in', devices.slice(at, at + SLICE_IDS))
      .where('group_path', '<>', path)
      .returning('id')
      .execute();
    moved.push(...rows.map(({ id }) => id));
  }
  return moved;
}
