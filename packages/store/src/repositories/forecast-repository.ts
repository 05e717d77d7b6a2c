import { sql, type Kysely, type Selectable } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { Schema } from '../schema.ts';
import type { RolloutRow } from './rollout-repository.ts';

export type ForecastRow = Selectable<Schema['forecast']>;

/** A rollout has started: its forecast is to be made and kept. */
export async function wantForecast(
  { db }: CommandContext,
  { id, tenant }: { readonly id: number; readonly tenant: number },
): Promise<void> {
  await db
    .insertInto('forecast')
    .values({ rollout: id, tenant, made_at: null, forecast: null })
    .onConflict((conflict) => conflict.column('rollout').doNothing())
    .execute();
}

/** What was foretold of a rollout. */
export async function forecastOf(db: Kysely<Schema>, rollout: number): Promise<ForecastRow | undefined> {
  return db.selectFrom('forecast').selectAll().where('rollout', '=', rollout).executeTakeFirst();
}

/** The rollout that a forecast is to be made of. */
export async function rolloutToForecast(db: Kysely<Schema>, id: number): Promise<RolloutRow | undefined> {
  return db.selectFrom('rollout').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Rollouts whose forecast is to be made, or to be compared as they have ended before `endedBefore`. */
export async function dueForecasts(
  db: Kysely<Schema>,
  { limit, endedBefore }: { readonly limit: number; readonly endedBefore: number },
): Promise<readonly { readonly rollout: number; readonly isMade: boolean }[]> {
  const rows = await db
    .selectFrom('forecast as f')
    .innerJoin('rollout as r', 'r.id', 'f.rollout')
    .select(['f.rollout', 'f.made_at'])
    .where('f.compared_at', 'is', null)
    .where((eb) => eb.or([eb('f.made_at', 'is', null), eb('r.ended_at', '<', endedBefore)]))
    .orderBy('f.rollout')
    .limit(limit)
    .execute();
  return rows.map(({ rollout, made_at }) => ({ rollout, isMade: made_at !== null }));
}

/** When the last member of each phase ended, by the phase's number. Looks at every member: not for a thread that answers devices. */
export async function phaseEndsOf(
  db: Kysely<Schema>,
  rollout: number,
): Promise<readonly { readonly phase: number; readonly endedAt: number }[]> {
  const rows = await db
    .selectFrom('assignment')
    .select(['phase', sql<number | null>`max(ended_at)`.as('at')])
    .where('rollout', '=', rollout)
    .groupBy('phase')
    .execute();
  return rows.flatMap(({ phase, at }) => (at === null ? [] : [{ phase, endedAt: Number(at) }]));
}

/** Keeps a forecast where none was; null: none can be made. */
export async function keepForecast(
  { db, now }: CommandContext,
  rollout: number,
  forecast: string | null,
): Promise<void> {
  await db
    .updateTable('forecast')
    .set({ made_at: now, forecast })
    .where('rollout', '=', rollout)
    .where('made_at', 'is', null)
    .execute();
}

export async function keepOutcome({ db, now }: CommandContext, rollout: number, outcome: string): Promise<void> {
  await db
    .updateTable('forecast')
    .set({ outcome, compared_at: now })
    .where('rollout', '=', rollout)
    .where('compared_at', 'is', null)
    .execute();
}
