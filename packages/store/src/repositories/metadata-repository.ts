import { fold } from '@updraft/core';
import type { Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { Schema } from '../schema.ts';

/** What operators say of devices, by id, keys in the order of their code points. */
export async function metadataOfDevices(
  db: Kysely<Schema>,
  devices: readonly number[],
): Promise<ReadonlyMap<number, ReadonlyMap<string, string>>> {
  const byDevice = new Map<number, Map<string, string>>();
  if (devices.length === 0) return byDevice;
  const rows = await db
    .selectFrom('device_metadata')
    .select(['device', 'key', 'value'])
    .where('device', 'in', devices)
    .orderBy('device')
    .orderBy('key')
    .execute();
  for (const { device, key, value } of rows) {
    const mine = byDevice.get(device) ?? new Map<string, string>();
    byDevice.set(device, mine.set(key, value));
  }
  return byDevice;
}

/** Sets keys of a device's metadata; null removes one. */
export async function saveMetadata(
  { db }: CommandContext,
  device: { readonly id: number; readonly tenant: number },
  change: Readonly<Record<string, string | null>>,
): Promise<void> {
  const entries = Object.entries(change);
  const dropped = entries.filter(([, value]) => value === null).map(([key]) => key);
  if (dropped.length > 0)
    await db.deleteFrom('device_metadata').where('device', '=', device.id).where('key', 'in', dropped).execute();
  const rows = entries.flatMap(([key, value]) =>
    value === null ? [] : [{ device: device.id, tenant: device.tenant, key, value, value_fold: fold(value) }],
  );
  if (rows.length === 0) return;
  await db
    .insertInto('device_metadata')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['device', 'key']).doUpdateSet((eb) => ({
        value: eb.ref('excluded.value'),
        value_fold: eb.ref('excluded.value_fold'),
      })),
    )
    .execute();
}
