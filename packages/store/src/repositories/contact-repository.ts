import { sql, type Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { Schema } from '../schema.ts';

/** A device and when it was last in contact, epoch ms. */
export type Contact = readonly [device: number, at: number];

/** Writes the newest contact of each device; what is older than the stored one changes nothing. */
export async function saveContacts({ db, dialect }: CommandContext, contacts: readonly Contact[]): Promise<void> {
  const list = JSON.stringify(contacts);
  const rows =
    dialect === 'sqlite'
      ? sql`select value ->> 0 as device, value ->> 1 as at from json_each(${list})`
      : sql`select (value ->> 0)::bigint as device, (value ->> 1)::bigint as at from json_array_elements(${list}::json)`;
  await sql`
    insert into contact (device, at)
    select c.device, c.at from (${rows}) as c join device on device.id = c.device where true
    on conflict (device) do update set at = excluded.at where excluded.at > contact.at`.execute(db);
}

export async function lastContactOf(db: Kysely<Schema>, device: number): Promise<number | null> {
  const row = await db.selectFrom('contact').select('at').where('device', '=', device).executeTakeFirst();
  return row?.at ?? null;
}
