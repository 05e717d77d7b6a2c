import { REPORT_KINDS, type ReportKind } from '@updraft/core';
import { sql, type Kysely, type QueryResult, type Selectable } from 'kysely';
import type { CommandContext } from '../command.ts';
import { compiledOnce } from '../database/compiled-once.ts';
import type { ListDeclaration } from '../list/list-fields.ts';
import type { Schema } from '../schema.ts';

/** What a device may say about one attempt; its end is taken beyond that. hawkBit's limit of 1000 counts the assignment. */
export const MAX_REPORTS_PER_ATTEMPT = 999;

export type NewReport = {
  readonly kind: ReportKind;
  readonly deviceAt: string | null;
  readonly code: number | null;
  readonly details: readonly string[];
};

export async function insertReport(context: CommandContext, attempt: number, report: NewReport): Promise<void> {
  await writeReport(context.db, rowOf(context, attempt, report));
}

/** Keeps it unless the attempt has {@link MAX_REPORTS_PER_ATTEMPT}; tells whether it did. */
export async function insertReportWithRoom(
  context: CommandContext,
  attempt: number,
  report: NewReport,
): Promise<boolean> {
  const { numAffectedRows = 0n } = await writeWithRoom(context.db, rowOf(context, attempt, report));
  return numAffectedRows > 0n;
}

/** Keeps a report each of different attempts, unless there is no room; tells the attempts of those that were kept. */
export async function insertReportsWithRoom(
  context: CommandContext,
  reports: readonly { readonly attempt: number; readonly report: NewReport }[],
): Promise<ReadonlySet<number>> {
  const { db, dialect, now: at } = context;
  const rows = reports.map(({ attempt, report }) => rowOf(context, attempt, report));
  if (dialect === 'sqlite') {
    const list = rows.map((row) => [row.attempt, row.device_at, row.kind, row.code, row.details]);
    return attemptsIn(await writeListedWithRoom(db, { at, list: JSON.stringify(list) }));
  }
  const kept = await writeAllWithRoom(db, {
    at,
    attempts: rows.map(({ attempt }) => attempt),
    deviceTimes: rows.map(({ device_at }) => device_at),
    kinds: rows.map(({ kind }) => kind),
    codes: rows.map(({ code }) => code),
    details: rows.map(({ details }) => details),
  });
  return attemptsIn(kept);
}

function attemptsIn({ rows }: QueryResult<{ readonly attempt: number }>): ReadonlySet<number> {
  return new Set(rows.map(({ attempt }) => attempt));
}

type WrittenReports = {
  readonly at: number;
  readonly attempts: readonly number[];
  readonly deviceTimes: readonly (string | null)[];
  readonly kinds: readonly ReportRow['kind'][];
  readonly codes: readonly (number | null)[];
  readonly details: readonly string[];
};

const writeAllWithRoom = compiledOnce((db, row: WrittenReports) => ({
  compile: () =>
    sql<{ attempt: number }>`
    insert into report (attempt, at, device_at, kind, code, details)
    select u.attempt, cast(${row.at} as bigint), u.device_at, u.kind, u.code, u.details
    from unnest(${row.attempts}::bigint[], ${row.deviceTimes}::text[], ${row.kinds}::text[], ${row.codes}::bigint[],
      ${row.details}::text[]) as u (attempt, device_at, kind, code, details)
    where not exists (
      select 1 from report as r where r.attempt = u.attempt order by r.id offset ${sql.lit(MAX_REPORTS_PER_ATTEMPT - 1)} limit 1
    )
    returning attempt`.compile(db),
}));

const writeListedWithRoom = compiledOnce((db, row: { readonly at: number; readonly list: string }) => ({
  compile: () =>
    sql<{ attempt: number }>`
    insert into report (attempt, at, device_at, kind, code, details)
    select value ->> 0, cast(${row.at} as integer), value ->> 1, value ->> 2, value ->> 3, value ->> 4
    from json_each(${row.list})
    where not exists (
      select 1 from report as r where r.attempt = value ->> 0 order by r.id limit 1 offset ${sql.lit(MAX_REPORTS_PER_ATTEMPT - 1)}
    )
    returning attempt`.compile(db),
}));

type WrittenReport = Omit<ReportRow, 'id'>;

function rowOf({ now: at }: CommandContext, attempt: number, report: NewReport): WrittenReport {
  const { deviceAt: device_at, kind, code } = report;
  return { attempt, at, device_at, kind, code, details: JSON.stringify(report.details) };
}

const writeReport = compiledOnce((db, row: WrittenReport) =>
  db.insertInto('report').values({
    attempt: row.attempt,
    at: row.at,
    device_at: row.device_at,
    kind: row.kind,
    code: row.code,
    details: row.details,
  }),
);

/** One statement: on PostgreSQL to look first would be a round trip more for each report. */
const writeWithRoom = compiledOnce((db, row: WrittenReport) =>
  db
    .insertInto('report')
    .columns(['attempt', 'at', 'device_at', 'kind', 'code', 'details'])
    .expression(
      db
        .selectNoFrom([
          sql<number>`cast(${row.attempt} as bigint)`.as('attempt'),
          sql<number>`cast(${row.at} as bigint)`.as('at'),
          sql<string | null>`cast(${row.device_at} as text)`.as('device_at'),
          sql<ReportKind>`cast(${row.kind} as text)`.as('kind'),
          sql<number | null>`cast(${row.code} as bigint)`.as('code'),
          sql<string>`cast(${row.details} as text)`.as('details'),
        ])
        .where((eb) => eb.not(eb.exists(lastThatFits(db, row)))),
    ),
);

function lastThatFits(db: Kysely<Schema>, { attempt }: WrittenReport) {
  return db
    .selectFrom('report')
    .select('id')
    .where('attempt', '=', attempt)
    .orderBy('id')
    .offset(MAX_REPORTS_PER_ATTEMPT - 1)
    .limit(1);
}

export async function hasReport(db: Kysely<Schema>, attempt: number, kind: ReportKind): Promise<boolean> {
  return (await readOfKind(db, { attempt, kind })).rows.length > 0;
}

const readOfKind = compiledOnce((db, { attempt, kind }: { readonly attempt: number; readonly kind: ReportKind }) =>
  db.selectFrom('report').select('id').where('attempt', '=', attempt).where('kind', '=', kind).limit(1),
);

/** Reports of an attempt after the one with the id `after`, in their order. */
export async function reportsAfter(
  db: Kysely<Schema>,
  attempt: number,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<readonly ReportRow[]> {
  return db
    .selectFrom('report')
    .selectAll()
    .where('attempt', '=', attempt)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** The newest reports of an attempt, the newest first. */
export async function newestReports(db: Kysely<Schema>, attempt: number, limit: number): Promise<readonly ReportRow[]> {
  return db
    .selectFrom('report')
    .selectAll()
    .where('attempt', '=', attempt)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

export type ReportRow = Selectable<Schema['report']>;

/** Newest last. */
export const REPORT_LIST: ListDeclaration = {
  fields: {
    id: { type: 'number', column: 'report.id', sortable: true },
    at: { type: 'instant', column: 'report.at' },
    kind: { type: 'word', words: REPORT_KINDS, column: 'report.kind' },
  },
  id: 'report.id',
  defaultSort: 'id',
};

/** What was said about all attempts of an assignment. */
export function selectReports(db: Kysely<Schema>, assignment: number) {
  return db
    .selectFrom('report')
    .innerJoin('attempt', 'attempt.id', 'report.attempt')
    .selectAll('report')
    .where('attempt.assignment', '=', assignment);
}
