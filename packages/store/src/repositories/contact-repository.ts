import { sql, type Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { Schema } from '../schema.ts';

/** Notes that these devices are in contact now. Those that are gone are left out. */
export async function saveContacts({ db, dialect, now }: CommandContext, devices: readonly number[]): Promise<void> {
  const list = JSON.stringify(devices);
  const rows =
    dialect === 'sqlite'
      ? sql`select value as device from json_each(${list})`
      : sql`select value::bigint as device from json_array_elements_text(${list}::json)`;
  await sql`
    insert into contact (device, at)
    select device.id, cast(${now} as bigint) from (${rows}) as c join device on device.id = c.device where true
    on conflict (device) do update set at = excluded.at where excluded.at > contact.at`.execute(db);
}

export async function lastContactOf(db: Kysely<Schema>, device: number): Promise<number | null> {
  const row = await db.selectFrom('contact').select('at').where('device', '=', device).executeTakeFirst();
  return row?.at ?? null;
}
