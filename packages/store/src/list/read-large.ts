import type { SettledFilter } from '@updraft/core';
import { sql } from 'kysely';
import { chooseDriver, type Driver, unionOf } from './choose-driver.ts';
import type { IdSelect, LargeList } from './find-rows.ts';
import { judgeRows } from './judge-rows.ts';
import type { CursorPlace } from './list-cursor.ts';
import type { PageOrder } from './page-order.ts';
import { afterSql, orderSql, upToSql } from './page-order.ts';

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
  /** After so many rows without a full page the walk gives way to an index, where one helps. */
  readonly walkRows: number;
  /** Rows looked at for a total that no index counts. */
  readonly rowsForTotal: number;
};

/** When a walk has failed, the best of dense indexes is worth a count so many times as far. */
const DENSE = 20;

/**
 * A page of a list that may have a million rows, without trust in a planner's guess: where an index gives few rows that
 * hold every match, these are judged and sorted; else the rows are walked in the order of the page and judged, slice by
 * slice, until the page is full. A total that no index counts is counted over the first rows only, and is then not exact.
 */
export async function readLarge(list: LargeList, request: LargeRequest, limits: LargeLimits): Promise<LargePage> {
  const driver = await chooseDriver(list, request.filter, limits.total);
  if (driver !== null && driver.count <= limits.total) return drive(list, driver, { request, limits });
  const bounds = driver === null ? { ...limits, walkRows: Number.POSITIVE_INFINITY } : limits;
  const walked = await walk(list, request, bounds);
  if (walked === null && driver !== null) {
    const fewest = await chooseDriver(list, request.filter, limits.total * DENSE);
    return drive(list, fewest ?? driver, { request, limits });
  }
  const places = walked?.places.slice(0, request.limit) ?? [];
  if (driver?.exceeds === true) return { places, total: limits.total, totalIsExact: false };
  // A first page has looked at the rows that are counted first.
  const counted = request.after === undefined && walked !== null ? walked : UNCOUNTED;
  return { places, ...(await totalOf(list, request, { limits, counted })) };
}

async function drive(
  list: LargeList,
  { selects }: Driver,
  { request, limits }: { readonly request: LargeRequest; readonly limits: LargeLimits },
): Promise<LargePage> {
  if (selects.length === 0) return { places: [], total: 0, totalIsExact: true };
  const found: IdSelect = sql`select distinct id from (${unionOf(selects)}) as driver`;
  const { places, total } = await judgeRows(list, { ...request, found });
  return { places, total: Math.min(total, limits.total), totalIsExact: total <= limits.total };
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

/** Null where the page was not full after as many rows as the limits allow. */
async function walk(
  list: LargeList,
  request: LargeRequest,
  { walkRows, sliceRows }: LargeLimits,
): Promise<Walked | null> {
  const { filter, order, limit } = request;
  let walked: Walked = { ...UNCOUNTED, after: request.after, places: [] };
  while (walked.places.length < limit && !walked.isAll) {
    if (walked.looked >= walkRows) return null;
    const slice = await nextSlice(list, order, { after: walked.after, rows: sliceRows });
    const judged = await judgeRows(list, { found: slice.found, filter, order, after: undefined, limit });
    walked = { ...lookedOn(walked, slice, judged.total, sliceRows), places: [...walked.places, ...judged.places] };
  }
  return walked;
}

function lookedOn(before: Looked, { last }: Slice, matching: number, rows: number): Looked {
  const total = before.total + matching;
  return { looked: before.looked + rows, total, after: last, isAll: last === undefined };
}

type Slice = { readonly found: IdSelect; readonly last: CursorPlace | undefined };

/** The next rows in order; `last` is undefined where these are the last. */
async function nextSlice(
  list: LargeList,
  order: PageOrder,
  { after, rows: count }: { readonly after: CursorPlace | undefined; readonly rows: number },
): Promise<Slice> {
  const columns = { value: order.column, id: sql.ref(list.id) };
  const own = sql`from ${sql.table(list.table)} where ${sql.ref(list.tenantColumn)} = ${list.tenant}`;
  const rest = after === undefined ? own : sql`${own} and ${afterSql(order, after, columns)}`;
  const { rows } = await sql<CursorPlace>`select ${columns.value} as value, ${columns.id} as id ${rest}
    order by ${orderSql(order, columns)} limit 1 offset ${sql.lit(count - 1)}`.execute(list.db);
  const last = rows[0];
  const bounded = last === undefined ? rest : sql`${rest} and ${upToSql(order, last, columns)}`;
  return { found: sql`select ${columns.id} as id ${bounded}`, last };
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
    const slice = await nextSlice(list, order, { after: seen.after, rows: sliceRows });
    seen = lookedOn(seen, slice, (await judgeRows(list, { ...nothing, found: slice.found })).total, sliceRows);
  }
  return { total: Math.min(seen.total, limits.total), totalIsExact: seen.isAll && seen.total <= limits.total };
}
