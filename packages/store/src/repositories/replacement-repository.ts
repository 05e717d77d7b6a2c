import { fold } from '@updraft/core';
import type { CommandContext } from '../command.ts';
import type { DeviceRow } from './device-repository.ts';

/**
 * Puts other hardware in the place of a device, under `name` and with a token of its own: what the old one said, did and
 * ran is not known of the new one. What operators gave the place stays. Fails where the name is another device's.
 */
export async function replaceHardware(
  { db, now, touch }: CommandContext,
  device: DeviceRow,
  { name, tokenHash }: { readonly name: string; readonly tokenHash: string },
): Promise<void> {
  for (const table of ['device_attribute', 'device_component', 'contact', 'device_rate'] as const)
    await db.deleteFrom(table).where('device', '=', device.id).execute();
  await db
    .updateTable('device')
    .set((eb) => ({
      name,
      name_fold: fold(name),
      running_release_id: null,
      installed_number: null,
      attributes_wanted: 1 as const,
      contacted: 0 as const,
      penalty_until: null,
      failures_since: now,
      replaced_at: now,
      revision: eb('revision', '+', 1),
    }))
    .where('id', '=', device.id)
    .execute();
  await db
    .updateTable('device_identity')
    .set({ subject: name, token_hash: tokenHash, token_sealed: null })
    .where('tenant', '=', device.tenant)
    .where('door', '=', 'ddi')
    .where('subject', '=', device.name)
    .execute();
  touch({ device: device.id });
}
