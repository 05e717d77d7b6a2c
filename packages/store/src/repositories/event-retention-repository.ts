import type { Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import { eventsAfter } from '../outbox/read-events.ts';
import type { Schema } from '../schema.ts';
import type { RemovedSlice } from './retention-repository.ts';

const REMOVED_EVENTS_PER_SLICE = 500;

/** Removes the tenant's oldest events if they are older than `before` (epoch ms). */
export async function removeEvents(context: CommandContext, tenant: number, before: number): Promise<RemovedSlice> {
  const oldest = await context.db
    .selectFrom('event')
    .select(['id', 'position', 'at'])
    .where('tenant', '=', tenant)
    .where('position', '>', 0)
    .orderBy('position')
    .limit(REMOVED_EVENTS_PER_SLICE)
    .execute();
  const kept = oldest.findIndex(({ at }) => at >= before);
  const gone = kept === -1 ? oldest : oldest.slice(0, kept);
  const last = gone.at(-1)?.position ?? null;
  if (last === null) return { more: false, removed: {} };
  await context.db
    .deleteFrom('event')
    .where(
      'id',
      'in',
      gone.map(({ id }) => id),
    )
    .execute();
  await context.db.updateTable('tenant').set({ events_gone: last }).where('id', '=', tenant).execute();
  return { more: gone.length === REMOVED_EVENTS_PER_SLICE, removed: { events: gone.length } };
}

/**
 * Null where whoever has seen the events up to `seen` finds all that came after; else the position of the oldest event
 * that is kept, because some between were removed. To be asked after the events were read: what is removed meanwhile is
 * then told of.
 */
export async function missedEvents(
  db: Kysely<Schema>,
  tenant: number,
  seen: number,
): Promise<{ readonly oldestPosition: number } | null> {
  const row = await db.selectFrom('tenant').select('events_gone').where('id', '=', tenant).executeTakeFirst();
  const gone = row?.events_gone ?? 0;
  if (seen >= gone) return null;
  const [oldest] = await eventsAfter(db, tenant, gone).limit(1).execute();
  return { oldestPosition: oldest?.position ?? gone + 1 };
}
