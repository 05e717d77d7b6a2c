import { sql, type Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { Schema } from '../schema.ts';

export const HOUR_MS = 3_600_000;
const HOURS_PER_DAY = 24;

/** What commands beside each other may differ by. A contact that is noted as further ahead was while the clock was wrong. */
const CLOCK_AHEAD_MS = 60_000;

/**
 * Notes that these devices are in contact now. Those that are gone are left out. Nearly all were in contact before: theirs
 * is written without a look at the device's own row, which is another page of a large fleet for each.
 */
export async function saveContacts(context: CommandContext, devices: readonly number[]): Promise<void> {
  const { numAffectedRows = 0n } = await sql`
    insert into contact (device, at)
    select c.device, cast(${context.now} as bigint) from (${rowsOf(context, devices)}) as c
    join contact as before on before.device = c.device where true
    on conflict (device) do update set at = excluded.at
    where excluded.at > contact.at or contact.at > excluded.at + ${sql.lit(CLOCK_AHEAD_MS)}`.execute(context.db);
  if (numAffectedRows < devices.length) await saveFirstContacts(context, devices);
}

/** Of those that were never in contact, which `contacted` tells: such devices are found by an index of it, not by a look for what is not there. */
async function saveFirstContacts(context: CommandContext, devices: readonly number[]): Promise<void> {
  await sql`
    insert into contact (device, at)
    select device.id, cast(${context.now} as bigint) from (${rowsOf(context, devices)}) as c
    join device on device.id = c.device where true
    on conflict (device) do nothing`.execute(context.db);
  await sql`
    update device set contacted = 1
    where contacted = 0 and id in (select c.device from (${rowsOf(context, devices)}) as c)`.execute(context.db);
}

/** What was noted as in contact while the clock was ahead was so now at the latest. */
export async function endContactsAhead({ db, now }: CommandContext): Promise<void> {
  await db
    .updateTable('contact')
    .set({ at: now })
    .where('at', '>', now + CLOCK_AHEAD_MS)
    .execute();
}

/** Sets the bit of this hour, UTC, for these devices that were in contact: written once a device and hour, however often it is asked for. */
export async function saveContactHours(context: CommandContext, devices: readonly number[]): Promise<void> {
  const hour = Math.floor(context.now / HOUR_MS);
  const [day, bit] = [Math.floor(hour / HOURS_PER_DAY), 2 ** (hour % HOURS_PER_DAY)];
  await sql`
    insert into contact_hours (device, day, mask)
    select device.id, cast(${day} as bigint), cast(${bit} as bigint) from (${rowsOf(context, devices)}) as c
    join device on device.id = c.device where true
    on conflict (device, day) do update set mask = contact_hours.mask | excluded.mask
    where contact_hours.mask & excluded.mask = 0`.execute(context.db);
}

/** Rows that one slice looks at; between two of them other commands run. */
const HOURS_PER_SLICE = 5000;

/**
 * Removes the hours before a day (of 1970-01-01 on) of the next devices after `after`; gives the device that it came to, or
 * null where these were the last.
 */
export async function forgetContactHours(
  { db }: CommandContext,
  { after, before }: { readonly after: number; readonly before: number },
): Promise<number | null> {
  const end = await db
    .selectFrom('contact_hours')
    .select('device')
    .where('device', '>', after)
    .orderBy('device')
    .offset(HOURS_PER_SLICE)
    .limit(1)
    .executeTakeFirst();
  const old = db.deleteFrom('contact_hours').where('device', '>', after).where('day', '<', before);
  await (end === undefined ? old : old.where('device', '<=', end.device)).execute();
  return end?.device ?? null;
}

function rowsOf({ dialect }: CommandContext, devices: readonly number[]) {
  const list = JSON.stringify(devices);
  return dialect === 'sqlite'
    ? sql`select value as device from json_each(${list})`
    : sql`select value::bigint as device from json_array_elements_text(${list}::json)`;
}

export async function lastContactOf(db: Kysely<Schema>, device: number): Promise<number | null> {
  const row = await db.selectFrom('contact').select('at').where('device', '=', device).executeTakeFirst();
  return row?.at ?? null;
}
