import {
  countedReason,
  lastStageOf,
  linkOf,
  MAX_COUNTED_ORDINAL,
  measuredStages,
  UNKNOWN_LINK,
  type AttemptTimes,
  type EndCount,
  type StageCount,
} from '@updraft/core';
import { sql, type Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { Schema } from '../schema.ts';
import { releaseBytes } from './release-bytes-repository.ts';

/** Whether an ended attempt is not yet in the history. */
export async function hasUnmeasured(db: Kysely<Schema>): Promise<boolean> {
  const row = await db
    .selectFrom('attempt')
    .select('id')
    .where('measured', '=', 0)
    .where('ended_at', 'is not', null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Adds up to `limit` ended attempts to the history: how long their stages took, how they ended, how fast their devices
 * downloaded. In one commit with their mark, so that each is counted once; nothing of it is done while a device reports.
 * Tells whether there may be more.
 */
export async function measureAttempts(context: CommandContext, limit: number): Promise<boolean> {
  const ended = await unmeasured(context.db, limit);
  const bytes = await releaseBytes(context.db, [...new Set(ended.map(({ release }) => release))]);
  const links = new Map<number, number>();
  const stages: Counted<StageCount>[] = [];
  const ends: Counted<EndCount>[] = [];
  for (const row of ended) {
    const times = timesOf(row, bytes.get(row.release) ?? 0);
    const shown = linkOf(times);
    const link = shown ?? links.get(row.device) ?? row.link ?? UNKNOWN_LINK;
    if (shown !== null) links.set(row.device, shown);
    const { tenant } = row;
    const deviceType = row.device_type ?? 0;
    for (const measured of measuredStages(times)) stages.push({ tenant, deviceType, link, n: 1, ...measured });
    ends.push({ tenant, deviceType, n: 1, ...endOf(row, times) });
  }
  await add(context, 'stage_time', summed(stages));
  await add(context, 'attempt_end', summed(ends));
  await saveLinks(context, links);
  await mark(
    context,
    ended.map(({ id }) => id),
  );
  return ended.length === limit;
}

/** Counts that a forecast reads; for device types beyond them it goes by those of all the others. */
const MAX_HISTORY_ROWS = 20_000;

/** What is known of a tenant's past attempts. */
export async function historyOf(
  db: Kysely<Schema>,
  tenant: number,
): Promise<{ readonly stages: readonly StageCount[]; readonly ends: readonly EndCount[] }> {
  const stages = await db
    .selectFrom('stage_time')
    .selectAll()
    .where('tenant', '=', tenant)
    .limit(MAX_HISTORY_ROWS)
    .execute();
  const ends = await db
    .selectFrom('attempt_end')
    .selectAll()
    .where('tenant', '=', tenant)
    .limit(MAX_HISTORY_ROWS)
    .execute();
  return {
    stages: stages.map(({ device_type: deviceType, link, stage, bucket, n }) => {
      return { deviceType, link, stage: stage as StageCount['stage'], bucket, n };
    }),
    ends: ends.map(({ device_type: deviceType, ordinal, state, reason, stage, n }) => {
      return { deviceType, ordinal, state, reason, stage, n } as EndCount;
    }),
  };
}

/** How the attempts of one release ended: what a rehearsal plays again. */
export async function endsOfRelease(db: Kysely<Schema>, tenant: number, release: number): Promise<readonly EndCount[]> {
  const rows = await db
    .selectFrom('rollout as r')
    .innerJoin('assignment as a', 'a.rollout', 'r.id')
    .innerJoin('attempt as t', 't.assignment', 'a.id')
    .innerJoin('device as d', 'd.id', 't.device')
    .select(['d.type', 't.ordinal', 't.state', 't.reason', sql<number>`count(*)`.as('n')])
    .select(lastStage.as('stage'))
    .where('r.release', '=', release)
    .where('r.tenant', '=', tenant)
    .where('t.ended_at', 'is not', null)
    .groupBy(['d.type', 't.ordinal', 't.state', 't.reason', lastStage])
    .execute();
  return rows.map(({ type, ordinal, state, reason, stage, n }) => {
    const counted = Math.min(ordinal, MAX_COUNTED_ORDINAL);
    return { deviceType: type ?? 0, ordinal: counted, state, reason: reason ?? '', stage, n: Number(n) } as EndCount;
  });
}

const lastStage = sql<string>`case when t.installing_at is not null then 'prepare'
  when t.downloaded_at is not null then 'download' when t.begun_at is not null then 'begin' else '' end`;

function unmeasured(db: Kysely<Schema>, limit: number) {
  return db
    .selectFrom('attempt as t')
    .innerJoin('assignment as a', 'a.id', 't.assignment')
    .innerJoin('rollout as r', 'r.id', 'a.rollout')
    .leftJoin('device as d', 'd.id', 't.device')
    .leftJoin('contact as c', 'c.device', 't.device')
    .leftJoin('device_rate as l', 'l.device', 't.device')
    .select(['t.id', 't.tenant', 't.device', 't.ordinal', 't.state', 't.reason', 't.offered_at', 't.begun_at'])
    .select(['t.downloaded_at', 't.install_offered_at', 't.installing_at', 't.ended_at'])
    .select(['r.release', 'd.type as device_type', 'c.at as contact_at', 'l.link'])
    .where('t.measured', '=', 0)
    .where('t.ended_at', 'is not', null)
    .orderBy('t.id')
    .limit(limit)
    .execute();
}

type Ended = Awaited<ReturnType<typeof unmeasured>>[number];
type Counted<C> = C & { readonly tenant: number };

function timesOf(row: Ended, bytes: number): AttemptTimes {
  return {
    state: row.state,
    offeredAt: row.offered_at,
    begunAt: row.begun_at,
    downloadedAt: row.downloaded_at,
    installOfferedAt: row.install_offered_at,
    installingAt: row.installing_at,
    endedAt: row.ended_at ?? 0,
    contactAt: row.contact_at,
    bytes,
  };
}

function endOf(row: Ended, times: AttemptTimes): Omit<EndCount, 'deviceType' | 'n'> {
  return {
    ordinal: Math.min(row.ordinal, MAX_COUNTED_ORDINAL),
    state: row.state as EndCount['state'],
    reason: countedReason(times, row.reason ?? ''),
    stage: lastStageOf(times),
  };
}

/** Those that differ in their number alone, as one. */
function summed<C extends { readonly n: number }>(counts: readonly C[]): readonly C[] {
  const sums = new Map<string, C>();
  for (const count of counts) {
    const key = JSON.stringify({ ...count, n: 0 });
    sums.set(key, { ...count, n: (sums.get(key)?.n ?? 0) + count.n });
  }
  return [...sums.values()];
}

const ROWS_PER_STATEMENT = 100;

/** What tells the counts of each table apart. */
const KEYS = {
  stage_time: ['tenant', 'device_type', 'link', 'stage', 'bucket'],
  attempt_end: ['tenant', 'device_type', 'ordinal', 'state', 'reason', 'stage'],
} as const;

async function add(
  { db }: CommandContext,
  table: keyof typeof KEYS,
  counts: readonly Counted<StageCount | EndCount>[],
): Promise<void> {
  const rows = counts.map(({ deviceType, ...row }) => ({ ...row, device_type: deviceType }));
  for (let at = 0; at < rows.length; at += ROWS_PER_STATEMENT)
    await db
      .insertInto(table)
      .values(rows.slice(at, at + ROWS_PER_STATEMENT))
      .onConflict((conflict) =>
        conflict.columns(KEYS[table]).doUpdateSet({ n: sql<number>`${sql.ref(`${table}.n`)} + excluded.n` }),
      )
      .execute();
}

async function saveLinks({ db, now }: CommandContext, links: ReadonlyMap<number, number>): Promise<void> {
  const rows = [...links].map(([device, link]) => ({ device, link, at: now }));
  for (let at = 0; at < rows.length; at += ROWS_PER_STATEMENT)
    await db
      .insertInto('device_rate')
      .values(rows.slice(at, at + ROWS_PER_STATEMENT))
      .onConflict((conflict) =>
        conflict.column('device').doUpdateSet({ link: sql<number>`excluded.link`, at: sql<number>`excluded.at` }),
      )
      .execute();
}

async function mark({ db }: CommandContext, ids: readonly number[]): Promise<void> {
  if (ids.length > 0) await db.updateTable('attempt').set({ measured: 1 }).where('id', 'in', ids).execute();
}
