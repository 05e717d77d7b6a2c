import type { Transaction } from 'kysely';
import { sql } from 'kysely';
import type { Schema } from '../schema.ts';

export const MAX_EVENTS_PER_SEQUENCING = 1000;
/** The key of `server_state` that holds the position given last; its row is there from the first migration. */
export const EVENT_POSITION = 'event-position';

/**
 * Gives the next positions to committed events that have none, in the order of their ids, and tells how many were
 * numbered. Positions have no gaps and never move: a reader that asks for what comes after the last one it saw misses
 * nothing, whichever transaction committed first.
 */
export async function sequenceEvents(db: Transaction<Schema>, max = MAX_EVENTS_PER_SEQUENCING): Promise<number> {
  const last = await lockPosition(db);
  const { numAffectedRows = 0n } = await sql`
    update event set position = cast(${last} as bigint) + fresh.place
    from (
      select id, row_number() over (order by id) as place from event where position is null order by id limit ${sql.lit(max)}
    ) as fresh
    where event.id = fresh.id`.execute(db);
  const numbered = Number(numAffectedRows);
  if (numbered > 0)
    await db
      .updateTable('server_state')
      .set({ value: String(last + numbered) })
      .where('key', '=', EVENT_POSITION)
      .execute();
  return numbered;
}

/** Writing the counter's row, even unchanged, makes a second sequencer wait until the first has committed. */
async function lockPosition(db: Transaction<Schema>): Promise<number> {
  const { rows } = await sql<{ position: number }>`
    update server_state set value = value where key = ${EVENT_POSITION}
    returning cast(value as bigint) as position`.execute(db);
  if (rows[0] === undefined) throw new Error(`server_state has no row "${EVENT_POSITION}"`);
  return rows[0].position;
}
