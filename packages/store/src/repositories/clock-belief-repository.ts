import type { ClockBelief } from '@updraft/core';
import type { Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { Schema } from '../schema.ts';

/** The key of `server_state` under which stands what is believed of the clock: two moments, epoch ms. */
const CLOCK_BELIEF = 'clock-belief';

/** Null where nobody has looked at the clock yet. */
export async function clockBelief(db: Kysely<Schema>): Promise<ClockBelief | null> {
  const row = await db.selectFrom('server_state').select('value').where('key', '=', CLOCK_BELIEF).executeTakeFirst();
  if (row === undefined) return null;
  const [seenAt = 0, believedFrom = 0] = row.value.split(' ').map(Number);
  return { seenAt, believedFrom };
}

export async function saveClockBelief({ db }: CommandContext, { seenAt, believedFrom }: ClockBelief): Promise<void> {
  const row = { key: CLOCK_BELIEF, value: `${seenAt} ${believedFrom}` };
  await db
    .insertInto('server_state')
    .values(row)
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: row.value }))
    .execute();
}
