import { PLACE_STATES, TOKENS_PER_START, type PaceRule } from '@updraft/core';
import { sql, type Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { Schema } from '../schema.ts';
import { bumpRolloutsRevision } from './rollouts-revision.ts';

/** Members that one slice looks at; between two of them other commands run. */
const MEMBERS_PER_COUNT = 1000;

/** A rollout whose devices at work are being counted. */
export type CountedRollout = {
  readonly id: number;
  readonly tenant: number;
  readonly pace: PaceRule;
  readonly cursor: number;
};

/** What a rollout says of its counting; undefined: nothing is to be counted, or it is not there. Holds no row. */
export async function paceCountOf(
  { db }: Pick<CommandContext, 'db'>,
  rollout: number,
): Promise<{ readonly tenant: number; readonly policy: string; readonly cursor: number } | undefined> {
  const row = await db
    .selectFrom('rollout')
    .select(['tenant', 'policy', 'pace_cursor as cursor'])
    .where('id', '=', rollout)
    .where('pace_cursor', 'is not', null)
    .where('state', 'in', ['running', 'paused'])
    .executeTakeFirst();
  return row === undefined || row.cursor === null ? undefined : { ...row, cursor: row.cursor };
}

/**
 * Gives the next members that are at work without a place theirs, as core's `isUncounted` says, over the cap if need be:
 * what begins from the change on takes its own. The rows of their devices are taken first, as whoever brings one further
 * takes them, also of those whose attempt has not begun: one may be beginning, and have read that there is no pace. Then
 * the rollout's is taken, last the counting ones. Where somebody took the pace away meanwhile, the places that
 * were given stay right and nothing more is counted.
 */
export async function countAtWork(
  context: CommandContext,
  rollout: CountedRollout,
  limit = MEMBERS_PER_COUNT,
): Promise<void> {
  const upTo = await endOfSlice(context, rollout, limit);
  const sites = await givePlaces(context, rollout, upTo);
  const next = { pace_cursor: upTo, next_at: context.now };
  await context.db
    .updateTable('rollout')
    .set(next)
    .where('id', '=', rollout.id)
    .where('pace_cursor', '=', rollout.cursor)
    .execute();
  if (upTo === null) await bumpRolloutsRevision(context, rollout.tenant);
  if (sites.length > 0) addPlacesLast(context, rollout, sites);
}

/** The device that the slice ends with; null: there are no more behind it. */
async function endOfSlice(
  { db }: CommandContext,
  { id, cursor }: CountedRollout,
  limit: number,
): Promise<number | null> {
  const row = await db
    .selectFrom('assignment')
    .select('device')
    .where('rollout', '=', id)
    .where('device', '>', cursor)
    .orderBy('device')
    .offset(limit - 1)
    .limit(1)
    .executeTakeFirst();
  return row?.device ?? null;
}

/** Tells the site of each that was given one. */
async function givePlaces(
  context: CommandContext,
  { id, cursor }: CountedRollout,
  upTo: number | null,
): Promise<readonly string[]> {
  const { db, dialect } = context;
  const members = db
    .selectFrom('assignment as a')
    .innerJoin('attempt as t', 't.id', 'a.attempt_id')
    .select(['t.id', 'a.device'])
    .where('a.rollout', '=', id)
    .where('a.device', '>', cursor)
    .where('a.ended_at', 'is', null)
    .where('t.ended_at', 'is', null)
    .where('t.pace_held', '=', 0)
    .orderBy('a.device');
  const found = await (upTo === null ? members : members.where('a.device', '<=', upTo)).execute();
  if (found.length === 0) return [];
  const devices = found.map(({ device }) => device);
  if (dialect === 'postgres')
    await db.selectFrom('device').select('id').where('id', 'in', devices).orderBy('id').forUpdate().execute();
  // Judged now: they may have come further until their devices were taken.
  const given = await db
    .updateTable('attempt')
    .set({
      pace_held: 1,
      pace_site: sql<string>`coalesce((select site from device where device.id = attempt.device), '')`,
    })
    .where(
      'id',
      'in',
      found.map((one) => one.id),
    )
    .where(isUncounted)
    .returning('pace_site')
    .execute();
  return given.map(({ pace_site }) => pace_site);
}

/** The SQL twin of core's `isUncounted`. */
const isUncounted = sql<boolean>`pace_held = 0 and begun_at is not null
  and state in (${sql.join(PLACE_STATES.map((state) => sql.lit(state)))})
  and (state <> 'downloaded' or install_offered_at is not null)`;

/** So that keys go in the order of the ids, and this before the places of single attempts. */
const ID_DIGITS = 16;

function addPlacesLast(context: CommandContext, { id, pace }: CountedRollout, sites: readonly string[]): void {
  const { db, now } = context;
  const key = `pace ${String(id).padStart(ID_DIGITS, '0')} ${'0'.repeat(ID_DIGITS)}`;
  const bySite = Map.groupBy(
    sites.filter((site) => site !== ''),
    (site) => site,
  );
  const counts = [['', sites.length] as const, ...[...bySite].map(([site, own]) => [site, own.length] as const)];
  const tokens = (pace.perMinute ?? 0) * TOKENS_PER_START;
  context.last(key, async () => {
    await db
      .insertInto('pace')
      .values(counts.map(([site, n]) => ({ rollout: id, site, in_flight: n, tokens, tokens_at: now })))
      .onConflict((conflict) =>
        conflict
          .columns(['rollout', 'site'])
          .doUpdateSet({ in_flight: sql<number>`pace.in_flight + excluded.in_flight` }),
      )
      .execute();
  });
}

/** Of a rollout, or of one of its sites ('': the whole): places that are counted, and those that attempts hold. */
export type PlaceCount = { readonly site: string; readonly counted: number; readonly held: number };

/** For a comparison of both. Looks at every member. */
export async function placeCountsOf(db: Kysely<Schema>, rollout: number): Promise<readonly PlaceCount[]> {
  const rows = await db.selectFrom('pace').select(['site', 'in_flight']).where('rollout', '=', rollout).execute();
  const held = await db
    .selectFrom('assignment as a')
    .innerJoin('attempt as t', 't.id', 'a.attempt_id')
    .select((eb) => ['t.pace_site as site', eb.fn.countAll<number>().as('n')])
    .where('a.rollout', '=', rollout)
    .where('t.pace_held', '=', 1)
    .groupBy('t.pace_site')
    .execute();
  const all = held.reduce((sum, { n }) => sum + Number(n), 0);
  const heldAt = new Map([...held.map(({ site, n }) => [site, Number(n)] as const), ['', all] as const]);
  const countedAt = new Map(rows.map(({ site, in_flight }) => [site, in_flight]));
  return [...new Set([...countedAt.keys(), ...heldAt.keys()])].map((site) => {
    return { site, counted: countedAt.get(site) ?? 0, held: heldAt.get(site) ?? 0 };
  });
}
