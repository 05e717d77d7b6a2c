import { TOKENS_FILL_MS, TOKENS_PER_START, type PaceRule } from '@updraft/core';
import { sql } from 'kysely';
import type { CommandContext } from '../command.ts';
import { compiledOnce } from '../database/compiled-once.ts';
import { readPolicy } from './assignment-repository.ts';

/** An attempt that is to have a place in the pace of its rollout, and of the site of its device. */
export type PaceHolder = { readonly rollout: number; readonly device: number; readonly attempt: number };

/** There was room when it was read, and there is none any more: the command runs again and finds that. */
export class PaceRace extends Error {
  readonly code = 'pace-race';
  constructor(rollout: number) {
    super(`the last place of rollout ${rollout} was taken by another`);
    this.name = 'PaceRace';
  }
}

/**
 * Takes a place for what is being offered, where there is room, as core's pace says (design: 6-data 13): one conditional
 * update of the rollout's row and its site's. On PostgreSQL it is to be the command's last statement, because it holds
 * the row that all of the rollout's first offers need. Throws {@link PaceRace} where there is no room.
 */
export async function reservePace(context: CommandContext, holder: PaceHolder): Promise<void> {
  const { rule, sites } = await placeOf(context, holder);
  const filled = filledTokens(rule, context.now);
  const left = rule.perMinute === null ? sql`tokens` : sql`${filled} - ${TOKENS_PER_START}`;
  const { numAffectedRows } = await sql`
    update pace set in_flight = in_flight + 1, tokens = case when site = '' then ${left} else tokens end, tokens_at = ${countedAt(context.now)}
    where rollout = ${holder.rollout} and site in (${sql.join(sites)})
      and (site <> '' or (${below(rule.parallel)} and ${startIsLeft(rule, filled)}))
      and (site = '' or ${below(rule.perSite)})`.execute(context.db);
  if (numAffectedRows !== BigInt(sites.length)) throw new PaceRace(holder.rollout);
}

/** Takes a place for a device that is at work already, over the cap if need be; no start is counted (6-data 7). */
export async function takePace(context: CommandContext, holder: PaceHolder): Promise<void> {
  const { site } = await placeOf(context, holder);
  await changeInFlight(context.db, { rollout: holder.rollout, site, by: 1 });
}

/** Gives back the place that the attempt took last. */
export async function freePace(context: CommandContext, { rollout, attempt }: PaceHolder): Promise<void> {
  const [held] = (await readHeldSite(context.db, { attempt })).rows;
  if (held === undefined) throw new Error(`no attempt ${attempt}`);
  await changeInFlight(context.db, { rollout, site: held.pace_site, by: -1 });
}

const readHeldSite = compiledOnce((db, { attempt }: { readonly attempt: number }) =>
  db.selectFrom('attempt').select('pace_site').where('id', '=', attempt),
);

type Place = { readonly rule: PaceRule; readonly site: string; readonly sites: readonly string[] };

/** The rows that count the place: the rollout's (''), and its site's. They are made with the first place of each. */
async function placeOf({ db, now }: CommandContext, { rollout, device, attempt }: PaceHolder): Promise<Place> {
  const { pace: rule } = await readPolicy(db, rollout);
  const [at] = (await readSite(db, { device })).rows;
  if (at === undefined) throw new Error(`no device ${device}`);
  const { site } = at;
  const sites = [...new Set(['', site])];
  const tokens = (rule.perMinute ?? 0) * TOKENS_PER_START;
  const { rows } = await readCountedSites(db, { rollout, site });
  const missing = sites.filter((one) => !rows.some((row) => row.site === one));
  if (missing.length > 0)
    await db
      .insertInto('pace')
      .values(missing.map((one) => ({ rollout, site: one, in_flight: 0, tokens, tokens_at: now })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  await writeHeldSite(db, { attempt, site });
  return { rule, site, sites };
}

const readSite = compiledOnce((db, { device }: { readonly device: number }) =>
  db.selectFrom('device').select('site').where('id', '=', device),
);

const readCountedSites = compiledOnce((db, { rollout, site }: { readonly rollout: number; readonly site: string }) =>
  db
    .selectFrom('pace')
    .select('site')
    .where('rollout', '=', rollout)
    .where('site', 'in', [sql.lit(''), site]),
);

const writeHeldSite = compiledOnce((db, { attempt, site }: { readonly attempt: number; readonly site: string }) =>
  db.updateTable('attempt').set({ pace_site: site }).where('id', '=', attempt),
);

type InFlight = { readonly rollout: number; readonly site: string; readonly by: 1 | -1 };

/** The rollout's row, and its site's where there is one. */
const changeInFlight = compiledOnce((db, { rollout, site, by }: InFlight) =>
  db
    .updateTable('pace')
    .set((eb) => ({ in_flight: eb('in_flight', '+', by) }))
    .where('rollout', '=', rollout)
    .where('site', 'in', [sql.lit(''), site]),
);

function below(cap: number | null) {
  return cap === null ? sql`1 = 1` : sql`in_flight < ${cap}`;
}

function startIsLeft({ perMinute }: PaceRule, filled: ReturnType<typeof filledTokens>) {
  return perMinute === null ? sql`1 = 1` : sql`${filled} >= ${TOKENS_PER_START}`;
}

/** The SQL twin of core's `tokensLeft`. */
function filledTokens({ perMinute }: PaceRule, now: number) {
  if (perMinute === null) return sql`tokens`;
  const full = perMinute * TOKENS_PER_START;
  const refilled = sql`tokens + case when tokens_at < ${now} then (${now} - tokens_at) * ${perMinute} else 0 end`;
  return sql`case when ${refilled} > ${full} or tokens_at > ${now + TOKENS_FILL_MS} then ${full} else ${refilled} end`;
}

/**
 * A transaction that began before the one that counted last fills nothing a second time. A clock that was put back
 * counts from where it is.
 */
function countedAt(now: number) {
  return sql`case when tokens_at > ${now} and tokens_at <= ${now + TOKENS_FILL_MS} then tokens_at else ${now} end`;
}
