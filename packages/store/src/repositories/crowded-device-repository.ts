import { sql, type Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { Schema } from '../schema.ts';
import { isCrowded } from './assignment-room.ts';
import { chosenDevices, type Choice, type Slice } from './chosen-devices.ts';
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

/** How many assignments a device has. */
export type FullDevice = { readonly id: number; readonly assignments: number };

/** Of the devices of a slice that a rollout is to have, those that have as many assignments as `most`, by id. */
export async function crowdedInSlice(
  db: Kysely<Schema>,
  { choice, slice, most }: { readonly choice: Choice; readonly slice: Slice & { readonly last: number }; most: number },
): Promise<readonly FullDevice[]> {
  const rows = await chosenDevices(db, { ...choice, assignments_max: null }, slice)
    .clearSelect()
    .select(['device.id', assignmentsOf])
    .where(isCrowded(most))
    .orderBy('device.id')
    .execute();
  return rows.map(({ id, assignments }) => ({ id, assignments: Number(assignments) }));
}

/** The same of these devices. */
export async function crowdedAmong(
  db: Kysely<Schema>,
  devices: readonly number[],
  most: number,
): Promise<readonly FullDevice[]> {
  if (devices.length === 0) return [];
  const rows = await db
    .selectFrom('device')
    .select(['device.id', assignmentsOf])
    .where('device.id', 'in', devices)
    .where(isCrowded(most))
    .orderBy('device.id')
    .execute();
  return rows.map(({ id, assignments }) => ({ id, assignments: Number(assignments) }));
}

const assignmentsOf = sql<number>`(select count(*) from assignment as n where n.device = device.id)`.as('assignments');

/** What a tenant says of how much goes holds for its rollouts that are held to a number and have not ended; late-comers are looked for at once. */
export async function setRoomPercent({ db, now }: CommandContext, tenant: number, percent: number): Promise<void> {
  await db
    .updateTable('rollout')
    .set({
      room_percent: percent,
      join_at: sql<number | null>`case when join_at is null then null else cast(${now} as bigint) end`,
    })
    .where('tenant', '=', tenant)
    .where('ended_at', 'is', null)
    .where('assignments_max', 'is not', null)
    .execute();
}
