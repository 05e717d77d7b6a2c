import type { SettledFilter } from '@updraft/core';
import { sql } from 'kysely';
import { chooseDriver, type Driver, unionOf } from './choose-driver.ts';
import type { IdSelect, LargeList } from './find-rows.ts';
import { judgeOwn, judgeRows, judgeSpan, type Span } from './judge-rows.ts';
import type { CursorPlace } from './list-cursor.ts';
import type { PageOrder } from './page-order.ts';
import { firstRows, narrowRows } from './narrow-rows.ts';
import { afterSql, orderSql } from './page-order.ts';

export type LargePage = {
  /** In order, at most as many as were asked for. */
  readonly places: readonly CursorPlace[];
  readonly total: number;
  readonly totalIsExact: boolean;
};

export type LargeRequest = {
  readonly filter: SettledFilter;
  readonly order: PageOrder;
  readonly after: CursorPlace | undefined;
  readonly limit: number;
};

export type LargeLimits = {
  /** How far is counted. */
  readonly total: number;
  /** Rows looked at in one statement of a walk; other readers come in between. */
  readonly sliceRows: number;
  /** After so many rows without a full page the walk gives way to an index, where one gives few enough. */
  readonly walkRows: number;
  /** An index that gives more rows than this is dense: to walk on takes less than to look at them all. */
  readonly driveRows: number;
  /** Rows of one statement of a walk that goes on behind them: it looks through all there are, if need be. */
  readonly farSliceRows: number;
  /** Rows looked at for a total that no index counts. */
  readonly rowsForTotal: number;
};

/**
 * A page of a list that may have a million rows, without trust in a planner's guess: where an index gives few rows that
 * hold every match, these are judged and sorted; else the rows are walked in the order of the page and judged, slice by
 * slice, until the page is full. Where it is not soon, what the best of dense indexes give is looked at, and behind that the
 * walk goes on. A total that no index counts is counted over the first rows only, and is then not exact.
 */
export async function readLarge(list: LargeList, request: LargeRequest, limits: LargeLimits): Promise<LargePage> {
  const driver = await chooseDriver(list, request.filter, limits.total);
  if (driver !== null && driver.count <= limits.total) return drive(list, driver, { request, limits });
  const start = { ...UNCOUNTED, after: request.after, places: [] };
  const near = await walk(list, request, { from: start, sliceRows: limits.sliceRows, until: limits.walkRows });
  const isShort = near.places.length < request.limit && !near.isAll;
  const far = isShort && driver !== null ? await driveFar(list, request, limits) : null;
  if (far?.isAll === true) return counted(far, limits);
  const rest = { from: near, sliceRows: limits.farSliceRows, until: Number.POSITIVE_INFINITY };
  const walked = isShort && far === null ? await walk(list, request, rest) : near;
  const places = (far ?? walked).places.slice(0, request.limit);
  if (driver?.exceeds === true) return { places, total: limits.total, totalIsExact: false };
  // A first page has looked at the rows that are counted first.
  const seen = request.after === undefined ? walked : UNCOUNTED;
  const { total, totalIsExact } = await totalOf(list, request, { limits, counted: seen });
  return { places, total: Math.max(total, Math.min(far?.total ?? 0, limits.total)), totalIsExact };
}

async function drive(
  list: LargeList,
  { selects }: Driver,
  { request, limits }: { readonly request: LargeRequest; readonly limits: LargeLimits },
): Promise<LargePage> {
  if (selects.length === 0) return { places: [], total: 0, totalIsExact: true };
  return counted(await judgeRows(list, unionOf(selects), request), limits);
}

/** Every match was counted. */
function counted({ places, total }: Pick<LargePage, 'places' | 'total'>, limits: LargeLimits): LargePage {
  return { places, total: Math.min(total, limits.total), totalIsExact: total <= limits.total };
}

type Far = Pick<LargePage, 'places' | 'total'> & { readonly isAll: boolean };

/**
 * The page out of what dense indexes give: of the fewest rows the first in order, where that is cheap; of what is left where
 * one index excludes the rows of another, if that is little; of all. Unless `isAll` not every match was counted. Null: there
 * are too many.
 */
async function driveFar(list: LargeList, request: LargeRequest, limits: LargeLimits): Promise<Far | null> {
  const driver = await chooseDriver(list, request.filter, limits.driveRows);
  if (driver === null) return null;
  const { own, beside, count } = driver;
  const isFew = count <= limits.driveRows;
  const first = firstRows(list, driver, { ...request, rows: limits.sliceRows });
  if (isFew && (own !== null || beside.length === 0)) {
    const judged = await judgeRows(list, first, request);
    if (judged.places.length >= request.limit) return { ...judged, isAll: false };
  }
  const narrowed = narrowRows(list, request.filter, driver);
  if (beside.length > 0) {
    const few: IdSelect = sql`select id from (${narrowed}) as narrowed limit ${sql.lit(limits.sliceRows + 1)}`;
    const left = await judgeRows(list, few, request);
    if (left.looked <= limits.sliceRows) return { ...left, isAll: true };
  }
  if (!isFew) return null;
  return { ...(await (own === null ? judgeRows(list, narrowed, request) : judgeOwn(list, own, request))), isAll: true };
}

/** How far rows were looked at in order, and how many of them match; `isAll` where none are behind them. */
type Looked = {
  readonly looked: number;
  readonly total: number;
  readonly after: CursorPlace | undefined;
  readonly isAll: boolean;
};
type Walked = Looked & { readonly places: readonly CursorPlace[] };

const UNCOUNTED: Looked = { looked: 0, total: 0, after: undefined, isAll: false };

type Stretch = { readonly from: Walked; readonly sliceRows: number; readonly until: number };

/** Goes on until the page is full, or as many rows were looked at as the stretch has. */
async function walk(list: LargeList, request: LargeRequest, { from, sliceRows, until }: Stretch): Promise<Walked> {
  const { filter, order, limit } = request;
  let walked = from;
  while (walked.places.length < limit && !walked.isAll && walked.looked < until) {
    const span = await nextSpan(list, order, { after: walked.after, rows: sliceRows });
    const judged = await judgeSpan(list, span, { filter, order, after: undefined, limit });
    walked = { ...lookedOn(walked, span, judged.total), places: [...walked.places, ...judged.places] };
  }
  return walked;
}

function lookedOn(before: Looked, { last, rows }: Span, matching: number): Looked {
  const total = before.total + matching;
  return { looked: before.looked + rows, total, after: last, isAll: last === undefined };
}

/** The next rows in order. */
async function nextSpan(
  list: LargeList,
  order: PageOrder,
  { after, rows: count }: Pick<Span, 'after' | 'rows'>,
): Promise<Span> {
  const columns = { value: order.column, id: sql.ref(list.id) };
  const own = sql`from ${sql.table(list.table)} where ${sql.ref(list.tenantColumn)} = ${list.tenant}`;
  const rest = after === undefined ? own : sql`${own} and ${afterSql(order, after, columns)}`;
  const { rows } = await sql<CursorPlace>`select ${columns.value} as value, ${columns.id} as id ${rest}
    order by ${orderSql(order, columns)} limit 1 offset ${sql.lit(count - 1)}`.execute(list.db);
  return { after, last: rows[0], rows: count };
}

/** Goes on from what was counted. */
async function totalOf(
  list: LargeList,
  { filter, order }: LargeRequest,
  { limits, counted }: { readonly limits: LargeLimits; readonly counted: Looked },
): Promise<{ readonly total: number; readonly totalIsExact: boolean }> {
  const { sliceRows } = limits;
  const nothing = { filter, order, after: undefined, limit: 0 };
  let seen = counted;
  while (!seen.isAll && seen.looked < limits.rowsForTotal && seen.total <= limits.total) {
    const span = await nextSpan(list, order, { after: seen.after, rows: sliceRows });
    seen = lookedOn(seen, span, (await judgeSpan(list, span, nothing)).total);
  }
  return { total: Math.min(seen.total, limits.total), totalIsExact: seen.isAll && seen.total <= limits.total };
}
