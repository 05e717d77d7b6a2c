import type { Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { Schema } from '../schema.ts';

/** The key of `server_state` under which it stands since when a server has been listening without a gap, epoch ms. */
const LISTENING_SINCE = 'listening-since';

/** Notes that a server listens from now on. */
export async function setListeningSince({ db, now }: CommandContext): Promise<void> {
  const row = { key: LISTENING_SINCE, value: String(now) };
  await db
    .insertInto('server_state')
    .values(row)
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: row.value }))
    .execute();
}

/** Before this nobody could be heard; 0 where it was never noted. */
export async function listeningSince(db: Kysely<Schema>): Promise<number> {
  const row = await db.selectFrom('server_state').select('value').where('key', '=', LISTENING_SINCE).executeTakeFirst();
  return Number(row?.value ?? 0);
}

/** Whether any server holds the lease now, which is taken for so many milliseconds: see acquireLease. */
export async function isLeased(
  { db, now }: CommandContext,
  { name, milliseconds }: { readonly name: string; readonly milliseconds: number },
): Promise<boolean> {
  const row = await db
    .selectFrom('lease')
    .select('name')
    .where('name', '=', name)
    .where('expires_at', '>', now)
    .where('expires_at', '<=', now + 2 * milliseconds)
    .executeTakeFirst();
  return row !== undefined;
}
