import { fold } from '@updraft/core';
import type { Kysely, Selectable } from 'kysely';
import type { CommandContext } from '../command.ts';
import { asksConsentSql, shownAssignmentSql } from '../list/shown-state-sql.ts';
import type { Schema } from '../schema.ts';

export type DeviceRow = Selectable<Schema['device']>;

/** The greatest id of a tenant's devices, 0 where it has none: those that come later have greater ones. */
export async function greatestDevice(db: Kysely<Schema>, tenant: number): Promise<number> {
  const row = await db
    .selectFrom('device')
    .select('id')
    .where('tenant', '=', tenant)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.id ?? 0;
}

/** Devices with what their view shows beside the row; lists go on from it. */
export function selectDevices(db: Kysely<Schema>) {
  return db
    .selectFrom('device')
    .leftJoin('device_type', 'device_type.id', 'device.type')
    .leftJoin('contact', 'contact.device', 'device.id')
    .leftJoin('release as running', 'running.id', 'device.running_release_id')
    .leftJoin('assignment', (on) => on.on('assignment.id', '=', shownAssignmentSql))
    .leftJoin('rollout', 'rollout.id', 'assignment.rollout')
    .leftJoin('release as assigned', 'assigned.id', 'rollout.release')
    .leftJoin('phase', (on) =>
      on.onRef('phase.rollout', '=', 'assignment.rollout').onRef('phase.number', '=', 'assignment.phase'),
    )
    .leftJoin('attempt', 'attempt.id', 'assignment.attempt_id')
    .selectAll('device')
    .select([
      'device_type.name as type_name',
      'device_type.key as type_key',
      'contact.at as contact_at',
      'running.uid as running_uid',
      'running.name as running_name',
      'running.version as running_version',
      'assignment.number as assignment_number',
      'assignment.state as assignment_state',
      'assignment.reason as assignment_reason',
      'rollout.uid as rollout_uid',
      'assigned.uid as assigned_uid',
      'assigned.name as assigned_name',
      'assigned.version as assigned_version',
      'phase.state as phase_state',
      'attempt.state as attempt_state',
    ])
    .select(asksConsentSql.as('asks_consent'));
}
export type DeviceWithJoins = Awaited<ReturnType<ReturnType<typeof selectDevices>['executeTakeFirstOrThrow']>>;

export async function findDevice(
  db: Kysely<Schema>,
  tenant: number,
  name: string,
): Promise<DeviceWithJoins | undefined> {
  return selectDevices(db).where('device.tenant', '=', tenant).where('device.name', '=', name).executeTakeFirst();
}

/** What devices say of themselves, by device id, keys in the order of their code points. */
export async function attributesOfDevices(
  db: Kysely<Schema>,
  devices: readonly number[],
): Promise<ReadonlyMap<number, Readonly<Record<string, string>>>> {
  const byDevice = new Map<number, Record<string, string>>();
  if (devices.length === 0) return byDevice;
  const rows = await db
    .selectFrom('device_attribute')
    .select(['device', 'key', 'value'])
    .where('device', 'in', devices)
    .orderBy('device')
    .orderBy('key')
    .execute();
  for (const { device, key, value } of rows) {
    const attributes = byDevice.get(device) ?? {};
    // `__proto__` is a key like any other for a device.
    Object.defineProperty(attributes, key, { value, enumerable: true, configurable: true, writable: true });
    byDevice.set(device, attributes);
  }
  return byDevice;
}

/**
 * Adds an accepted device with its identity at the DDI door; undefined where the tenant has one of exactly that name.
 * `tokenHash` is null for one that joins by a gateway token.
 */
export async function insertDevice(
  context: CommandContext,
  device: {
    readonly tenant: number;
    readonly name: string;
    readonly type: number | null;
    readonly description: string;
    readonly tokenHash: string | null;
    /** The token under the instance key, where it stays readable. */
    readonly tokenSealed?: string | null;
    /** Left out: it is called by its name. */
    readonly displayName?: string;
    readonly address?: string;
    /** Left out: it joined by itself. */
    readonly createdBy?: string;
  },
): Promise<DeviceRow | undefined> {
  const row = await context.db
    .insertInto('device')
    .values({
      tenant: device.tenant,
      name: device.name,
      name_fold: fold(device.name),
      description: device.description,
      description_fold: fold(device.description),
      type: device.type,
      parent: null,
      identity: 'accepted',
      running_release_id: null,
      assignment_id: null,
      ...labelled(device),
      created_at: context.now,
      created_by: device.createdBy ?? '',
    })
    .onConflict((conflict) => conflict.columns(['tenant', 'name']).doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  await context.db
    .insertInto('device_identity')
    .values({
      tenant: device.tenant,
      door: 'ddi',
      subject: device.name,
      device: row.id,
      token_hash: device.tokenHash,
      token_sealed: device.tokenSealed ?? null,
    })
    .execute();
  context.touch({ device: row.id });
  return row;
}

/**
 * Changes a device that has the expected revision (null: whatever it has) and bumps it: the first statement of whatever
 * concerns one device, because it makes everything about that device run one after the other. Undefined where no row
 * fits.
 */
export async function changeDevice(
  context: CommandContext,
  device: { readonly tenant: number; readonly name: string; readonly expectedRevision: number | null },
  change: DeviceChange,
): Promise<DeviceRow | undefined> {
  const { displayName, address, changedBy, ...columns } = change;
  const update = context.db
    .updateTable('device')
    .set((eb) => ({
      ...columns,
      ...described(change.description),
      ...labelled({ displayName, address }),
      ...(changedBy === undefined ? {} : { changed_by: changedBy, changed_at: context.now }),
      revision: eb('revision', '+', 1),
    }))
    .where('tenant', '=', device.tenant)
    .where('name', '=', device.name);
  const guarded = device.expectedRevision === null ? update : update.where('revision', '=', device.expectedRevision);
  const row = await guarded.returningAll().executeTakeFirst();
  if (row !== undefined) context.touch({ device: row.id });
  return row;
}

type DeviceColumns = Pick<
  DeviceRow,
  | 'type'
  | 'description'
  | 'attributes_wanted'
  | 'identity'
  | 'auto_consent_at'
  | 'auto_consent_by'
  | 'auto_consent_note'
>;
export type DeviceChange = Partial<DeviceColumns> & {
  readonly displayName?: string | undefined;
  readonly address?: string | undefined;
  /** Who changes what operators say of it; left out: nobody does. */
  readonly changedBy?: string | undefined;
};

function labelled({ displayName, address }: Pick<DeviceChange, 'displayName' | 'address'>) {
  return {
    ...(displayName === undefined ? {} : { display_name: displayName, display_name_fold: fold(displayName) }),
    ...(address === undefined ? {} : { address, address_fold: fold(address) }),
  };
}

function described(description: string | undefined) {
  return description === undefined ? {} : { description_fold: fold(description) };
}

/** `sealed` is null where the token is shown this once. */
export async function setDeviceToken(
  context: CommandContext,
  device: DeviceRow,
  token: { readonly hash: string; readonly sealed: string | null },
) {
  await context.db
    .updateTable('device_identity')
    .set({ token_hash: token.hash, token_sealed: token.sealed })
    .where('tenant', '=', device.tenant)
    .where('door', '=', 'ddi')
    .where('subject', '=', device.name)
    .execute();
}

/** Gives a device another name, also at its door. Fails where the name is another device's. */
export async function renameDevice({ db }: CommandContext, device: DeviceRow, name: string): Promise<void> {
  await db
    .updateTable('device')
    .set({ name, name_fold: fold(name) })
    .where('id', '=', device.id)
    .execute();
  await db
    .updateTable('device_identity')
    .set({ subject: name })
    .where('tenant', '=', device.tenant)
    .where('door', '=', 'ddi')
    .where('subject', '=', device.name)
    .execute();
}

/** Removes a device whose assignments have ended. Its history stays under the numbers of its assignments. */
export async function deleteDevice(context: CommandContext, device: number) {
  await context.db.deleteFrom('contact').where('device', '=', device).execute();
  await context.db.deleteFrom('contact_hours').where('device', '=', device).execute();
  await context.db.deleteFrom('device_rate').where('device', '=', device).execute();
  await context.db.deleteFrom('device').where('id', '=', device).execute();
  context.touch({ device });
}
