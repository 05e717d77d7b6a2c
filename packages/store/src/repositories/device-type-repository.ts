import { fold } from '@updraft/core';
import type { Kysely, Selectable, Updateable } from 'kysely';
import { sql } from 'kysely';
import type { CommandContext } from '../command.ts';
import { changedAtSql, changedBySql } from '../list/changed-sql.ts';
import type { ListDeclaration } from '../list/list-fields.ts';
import type { Schema } from '../schema.ts';
import { newUid } from '../uid.ts';
import { bumpRolloutsRevision } from './rollouts-revision.ts';

export type DeviceTypeRow = Selectable<Schema['device_type']>;

/** Of `device_type`, folded: as its name where it has no key of its own. */
export const typeKeySql = sql`coalesce(nullif(device_type.key_fold, ''), device_type.name_fold)`;

export const DEVICE_TYPE_LIST: ListDeclaration = {
  fields: {
    name: { type: 'text', column: 'device_type.name_fold', sortable: true },
    number: { type: 'number', column: 'device_type.id', sortable: true },
    key: { type: 'text', column: typeKeySql },
    description: { type: 'text', column: sql`lower(device_type.description)` },
    createdAt: { type: 'instant', column: 'device_type.created_at' },
    createdBy: { type: 'text', column: sql`lower(device_type.created_by)` },
    changedAt: { type: 'instant', column: changedAtSql('device_type') },
    changedBy: { type: 'text', column: changedBySql('device_type') },
  },
  id: 'device_type.id',
  defaultSort: 'name',
};

export function selectDeviceTypes(db: Kysely<Schema>, tenant: number) {
  return db.selectFrom('device_type').selectAll().where('device_type.tenant', '=', tenant);
}

export async function findDeviceType(
  db: Kysely<Schema>,
  tenant: number,
  uid: string,
): Promise<DeviceTypeRow | undefined> {
  return db
    .selectFrom('device_type')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('uid', '=', uid)
    .executeTakeFirst();
}

export async function findDeviceTypeById(
  db: Kysely<Schema>,
  tenant: number,
  id: number,
): Promise<DeviceTypeRow | undefined> {
  return selectDeviceTypes(db, tenant).where('id', '=', id).executeTakeFirst();
}

export async function findDeviceTypeByName(
  db: Kysely<Schema>,
  tenant: number,
  name: string,
): Promise<DeviceTypeRow | undefined> {
  return db
    .selectFrom('device_type')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('name_fold', '=', fold(name))
    .executeTakeFirst();
}

/** The type of that key, in either case; a type without a key of its own has its name for one. */
export async function findDeviceTypeByKey(
  db: Kysely<Schema>,
  tenant: number,
  key: string,
): Promise<DeviceTypeRow | undefined> {
  return selectDeviceTypes(db, tenant)
    .where(sql<boolean>`${typeKeySql} = ${fold(key)}`)
    .executeTakeFirst();
}

/** Adds a type; undefined where the tenant has one of that name, or of that key. */
export async function insertDeviceType(
  context: CommandContext,
  type: {
    readonly tenant: number;
    readonly name: string;
    readonly description: string;
    readonly versionAttribute: string | null;
    readonly slotAttribute: string | null;
    readonly bootIdAttribute: string | null;
    readonly verifyingSeconds: number | null;
    readonly downgrade: DeviceTypeRow['downgrade'];
    /** Left out: as its name. */
    readonly key?: string;
    readonly colour?: string;
    readonly createdBy: string;
  },
): Promise<DeviceTypeRow | undefined> {
  return context.db
    .insertInto('device_type')
    .values({
      uid: newUid(context.now),
      tenant: type.tenant,
      name: type.name,
      name_fold: fold(type.name),
      description: type.description,
      version_attribute: type.versionAttribute,
      slot_attribute: type.slotAttribute,
      boot_id_attribute: type.bootIdAttribute,
      verifying_seconds: type.verifyingSeconds,
      downgrade: type.downgrade,
      key: type.key ?? '',
      key_fold: fold(type.key ?? ''),
      colour: type.colour ?? '',
      created_at: context.now,
      created_by: type.createdBy,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
}

/** Changes the row if it has the expected revision (null: whatever it has). Gates read types: answers are dropped. */
export async function changeDeviceType(
  context: CommandContext,
  type: { readonly id: number; readonly tenant: number; readonly expectedRevision: number | null },
  change: Updateable<
    Pick<
      DeviceTypeRow,
      | 'name'
      | 'name_fold'
      | 'description'
      | 'version_attribute'
      | 'slot_attribute'
      | 'boot_id_attribute'
      | 'verifying_seconds'
      | 'downgrade'
      | 'key'
      | 'key_fold'
      | 'colour'
      | 'changed_at'
      | 'changed_by'
    >
  >,
): Promise<DeviceTypeRow | undefined> {
  const update = context.db
    .updateTable('device_type')
    .set((eb) => ({ ...change, revision: eb('revision', '+', 1) }))
    .where('id', '=', type.id);
  const guarded = type.expectedRevision === null ? update : update.where('revision', '=', type.expectedRevision);
  const row = await guarded.returningAll().executeTakeFirst();
  if (row !== undefined) await bumpRolloutsRevision(context, type.tenant);
  return row;
}

/** Whether a device has the type or a release names it. */
export async function isDeviceTypeUsed(db: Kysely<Schema>, id: number): Promise<boolean> {
  const device = db.selectFrom('device').select('id').where('type', '=', id).limit(1);
  if ((await device.executeTakeFirst()) !== undefined) return true;
  const release = db.selectFrom('release_device_type').select('release').where('device_type', '=', id).limit(1);
  if ((await release.executeTakeFirst()) !== undefined) return true;
  const token = db.selectFrom('gateway_token').select('id').where('device_type', '=', id).limit(1);
  return (await token.executeTakeFirst()) !== undefined;
}

export async function deleteDeviceType(
  context: CommandContext,
  type: { readonly id: number; readonly expectedRevision: number | null },
): Promise<boolean> {
  const statement = context.db.deleteFrom('device_type').where('id', '=', type.id);
  const guarded = type.expectedRevision === null ? statement : statement.where('revision', '=', type.expectedRevision);
  return (await guarded.returning('id').executeTakeFirst()) !== undefined;
}
