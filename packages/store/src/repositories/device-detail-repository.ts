import { type Filter, type FilterMoments, settleFilter } from '@updraft/core';
import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { filterSql } from '../list/filter-sql.ts';
import { standingSql, wantedReleaseSql } from '../list/standing-sql.ts';
import type { Schema } from '../schema.ts';
import type { Slice } from './chosen-devices.ts';
import { DEVICE_LIST } from './device-list.ts';
import { selectDevices } from './device-repository.ts';

/** When the device last took a release. */
const updatedAtSql = sql<number | null>`(select last_success.ended_at from assignment as last_success
  where last_success.device = device.id and last_success.ended_at is not null and last_success.state = 'succeeded'
  order by last_success.ended_at desc limit 1)`;

/** Ids of devices, for lists whose rows are then read with {@link deviceDetails}: what a page does not show costs nothing. */
export function selectDeviceIds(db: Kysely<Schema>, tenant: number) {
  return selectDevices(db).clearSelect().select('device.id').where('device.tenant', '=', tenant);
}

/** Of those that bear a tag. */
export function selectDeviceIdsOfTag(db: Kysely<Schema>, tenant: number, tag: number) {
  return selectDeviceIds(db, tenant).where('device.id', 'in', (eb) =>
    eb.selectFrom('device_tag').select('device_tag.device').where('device_tag.tag', '=', tag),
  );
}

/** Of the members of a phase. */
export function selectDeviceIdsOfPhase(
  db: Kysely<Schema>,
  tenant: number,
  { rollout, number }: { readonly rollout: number; readonly number: number },
) {
  return selectDeviceIds(db, tenant).where('device.id', 'in', (eb) =>
    eb.selectFrom('assignment').select('device').where('rollout', '=', rollout).where('phase', '=', number),
  );
}

/** Of those in a group, or, with `below`, also in those below it. `path` is folded: core's `pathFold`. */
export function selectDeviceIdsOfGroup(
  db: Kysely<Schema>,
  tenant: number,
  { path, below }: { readonly path: string; readonly below: boolean },
) {
  const rows = selectDeviceIds(db, tenant);
  if (!below) return rows.where('device.group_fold', '=', path);
  // Behind the slash comes the naught: a path ends in a slash.
  return rows.where('device.group_fold', '>=', path).where('device.group_fold', '<', `${path.slice(0, -1)}0`);
}

/** The paths of groups that devices are in themselves, in the order of their folds. */
export async function occupiedGroups(db: Kysely<Schema>, tenant: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('device_group')
    .select('path')
    .where('tenant', '=', tenant)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('device')
          .select('device.id')
          .whereRef('device.tenant', '=', 'device_group.tenant')
          .whereRef('device.group_fold', '=', 'device_group.path_fold'),
      ),
    )
    .orderBy('path_fold')
    .execute();
  return rows.map(({ path }) => path);
}

/** Names of the devices of a slice that a filter over them names, which is written in our fields. */
export async function matchingDeviceNames(
  db: Kysely<Schema>,
  tenant: number,
  { filter, moments, slice }: { readonly filter: Filter; readonly moments: FilterMoments; readonly slice: Slice },
): Promise<readonly string[]> {
  const { fields } = DEVICE_LIST;
  const rows = await selectDeviceIds(db, tenant)
    .select('device.name')
    .where('device.id', '>', slice.after)
    .where('device.id', '<=', slice.upTo ?? Number.MAX_SAFE_INTEGER)
    .where(filterSql(settleFilter(filter, fields, moments), fields))
    .execute();
  return rows.map(({ name }) => name);
}

function selectDetails(db: Kysely<Schema>) {
  return selectDevices(db)
    .leftJoin('device_identity', (on) =>
      on.onRef('device_identity.device', '=', 'device.id').on('device_identity.door', '=', 'ddi'),
    )
    .select([
      'device_identity.token_sealed',
      standingSql.as('standing'),
      wantedReleaseSql.as('wanted_release'),
      updatedAtSql.as('updated_at'),
    ]);
}

export type DeviceDetail = Awaited<ReturnType<ReturnType<typeof selectDetails>['executeTakeFirstOrThrow']>>;

/** Devices with how their updates stand and their readable tokens, in the order of the ids; those that are gone are left out. */
export async function deviceDetails(db: Kysely<Schema>, ids: readonly number[]): Promise<readonly DeviceDetail[]> {
  if (ids.length === 0) return [];
  const rows = await selectDetails(db).where('device.id', 'in', ids).execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

export async function findDeviceDetail(
  db: Kysely<Schema>,
  tenant: number,
  name: string,
): Promise<DeviceDetail | undefined> {
  return selectDetails(db).where('device.tenant', '=', tenant).where('device.name', '=', name).executeTakeFirst();
}
