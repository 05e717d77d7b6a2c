import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { standingSql, wantedReleaseSql } from '../list/standing-sql.ts';
import type { Schema } from '../schema.ts';
import { selectDevices } from './device-repository.ts';

/** When the device last took a release. */
const updatedAtSql = sql<number | null>`(select last_success.ended_at from assignment as last_success
  where last_success.device = device.id and last_success.ended_at is not null and last_success.state = 'succeeded'
  order by last_success.ended_at desc limit 1)`;

/** Ids of devices, for lists whose rows are then read with {@link deviceDetails}: what a page does not show costs nothing. */
export function selectDeviceIds(db: Kysely<Schema>, tenant: number) {
  return selectDevices(db).clearSelect().select('device.id').where('device.tenant', '=', tenant);
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
