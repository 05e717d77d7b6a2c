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
  const walked = await walk(
    list,
    request,
    driver === null ? { ...limits, walkRows: Number.POSITIVE_INFINITY } : limits,
  );
  if (walked === null && driver !== null) {
    const fewest = await chooseDriver(list, request.filter, limits.total * DENSE);
    return drive(list, fewest ?? driver, { request, limits });
  }
  const isCounted = driver?.isExact === true;
  const total = isCounted ? { total: limits.total, totalIsExact: false } : await totalOf(list, request, limits);
  return { places: walked ?? [], ...total };
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

/** Null where the page was not full after as many rows as the limits allow. */
async function walk(
  list: LargeList,
  request: LargeRequest,
  { walkRows, sliceRows }: LargeLimits,
): Promise<readonly CursorPlace[] | null> {
  const { filter, order, limit } = request;
  const places: CursorPlace[] = [];
  let after = request.after;
  for (let looked = 0; places.length < limit; looked += sliceRows) {
    if (looked >= walkRows) return null;
    const slice = await nextSlice(list, order, { after, rows: sliceRows });
    const judged = await judgeRows(list, { found: slice.found, filter, order, after: undefined, limit });
    places.push(...judged.places);
    if (slice.last === undefined) break;
    after = slice.last;
  }
  return places.slice(0, limit);
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

async function totalOf(list: LargeList, { filter, order }: LargeRequest, limits: LargeLimits) {
  const nothing = { filter, order, after: undefined, limit: 0 };
  let total = 0;
  let after: CursorPlace | undefined;
  for (let looked = 0; looked < limits.rowsForTotal && total <= limits.total; looked += limits.sliceRows) {
    const slice = await nextSlice(list, order, { after, rows: limits.sliceRows });
    total += (await judgeRows(list, { ...nothing, found: slice.found })).total;
    if (slice.last === undefined) return { total: Math.min(total, limits.total), totalIsExact: total <= limits.total };
    after = slice.last;
  }
  return { total: Math.min(total, limits.total), totalIsExact: false };
}
