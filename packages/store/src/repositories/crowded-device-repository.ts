import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import { SLICE_IDS } from './device-set-repository.ts';

export type CrowdedDevice = { readonly id: number; readonly name: string; readonly assignments: number };

/** Of these devices those that have had as many assignments as `most`, or more. */
export async function crowdedDevices(
  db: Kysely<Schema>,
  tenant: number,
  { names, most }: { readonly names: readonly string[]; readonly most: number },
): Promise<readonly CrowdedDevice[]> {
  const crowded: CrowdedDevice[] = [];
  for (let at = 0; at < names.length; at += SLICE_IDS) {
    const some = names.slice(at, at + SLICE_IDS);
    const rows = await db
      .selectFrom('device')
      .innerJoin('assignment', 'assignment.device', 'device.id')
      .select((eb) => ['device.id', 'device.name', eb.fn.countAll<number>().as('assignments')])
      .where('device.tenant', '=', tenant)
      .where('device.name', 'in', some)
      .groupBy(['device.id', 'device.name'])
      .having((eb) => eb(eb.fn.countAll<number>(), '>=', most))
      .execute();
    crowded.push(...rows);
  }
  return crowded;
}

/** Ids of the oldest assignments of a device that have ended. */
export async function oldestEnded(db: Kysely<Schema>, device: number, limit: number): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('assignment')
    .select('id')
    .where('device', '=', device)
    .where('ended_at', 'is not', null)
    .orderBy('ended_at')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}
