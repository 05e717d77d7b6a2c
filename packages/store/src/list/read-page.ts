import type { FilterMoments, SettledFilter } from '@updraft/core';
import { parseFilter, settleFilter } from '@updraft/core';
import type { Kysely, SelectQueryBuilder } from 'kysely';
import { sql } from 'kysely';
import type { Schema } from '../schema.ts';
import { filterSql } from './filter-sql.ts';
import type { CursorPlace } from './list-cursor.ts';
import { readCursor, writeCursor } from './list-cursor.ts';
import type { ListDeclaration } from './list-fields.ts';
import type { PageOrder } from './page-order.ts';
import { afterSql, fitsOrder, readOrder } from './page-order.ts';
import { type LargeLimits, readLarge } from './read-large.ts';

/** Totals are counted up to here. */
export const MAX_COUNTED_TOTAL = 10_000;
export const LARGE_LIMITS: LargeLimits = {
  total: MAX_COUNTED_TOTAL,
  sliceRows: 2000,
  walkRows: 10_000,
  driveRows: 120_000,
  farSliceRows: 20_000,
  rowsForTotal: 10_000,
};

export type ListRequest = {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly sort?: string | undefined;
  readonly filter?: string | undefined;
};

export type ListPage<Row> = {
  readonly outcome: 'page';
  readonly rows: readonly Row[];
  readonly total: number;
  readonly totalIsExact: boolean;
  /** The cursor of the next page; null on the last. */
  readonly next: string | null;
};
export type ListRefusal = {
  readonly outcome: 'refused';
  readonly code: 'filter-invalid' | 'sort-invalid' | 'cursor-invalid';
  readonly detail: string;
};

/** `query` selects the rows of the scope, unordered; `tenant` is the scope's where the list is a large one. */
export type ListSource<DB, TB extends keyof DB, Row> = {
  readonly reader: Kysely<Schema>;
  readonly query: SelectQueryBuilder<DB, TB, Row>;
  /** What placeholders and durations of the filter mean; where it is left out, this host's clock decides. */
  readonly moments?: FilterMoments;
  readonly tenant?: number;
};

type Asked = {
  readonly filter: SettledFilter;
  readonly order: PageOrder;
  readonly after: CursorPlace | undefined;
  readonly limit: number;
};
type Found<Row> = {
  readonly placed: readonly Placed<Row>[];
  readonly total: number;
  readonly totalIsExact: boolean;
};
type Placed<Row> = { readonly row: Row; readonly place: CursorPlace };

/**
 * One page of a list, the one convention of all lists: filter, order by one indexed field and then the id, keyset
 * cursor, total counted up to {@link MAX_COUNTED_TOTAL}. Give it the store's `longReader`, because a filter may look at
 * every row.
 */
export async function readPage<DB, TB extends keyof DB, Row>(
  source: ListSource<DB, TB, Row>,
  list: ListDeclaration,
  request: ListRequest,
): Promise<ListPage<Row> | ListRefusal> {
  const parsed = parseFilter(request.filter ?? '', list.fields);
  if (parsed.outcome === 'refused') return refusal('filter-invalid', parsed.problem.message);
  const order = readOrder(list, request.sort);
  if (typeof order === 'string') return refusal('sort-invalid', order);
  const after = request.cursor === undefined ? undefined : readCursor(order.sort, request.cursor);
  if (after === null || (after !== undefined && !fitsOrder(after, order)))
    return refusal('cursor-invalid', 'this is no `next` of a page in this order; begin without a cursor');

  const filter = settleFilter(parsed.filter, list.fields, source.moments ?? hostMoments());
  const asked = { filter, order, after, limit: request.limit + 1 };
  const { placed, total, totalIsExact } = await findRows(source, list, asked);
  const page = placed.slice(0, request.limit);
  const last = page.at(-1);
  const next = placed.length > page.length && last !== undefined ? writeCursor(order.sort, last.place) : null;
  return { outcome: 'page', rows: page.map(({ row }) => row), total, totalIsExact, next };
}

/** The time of this host, for filters of which nobody says another. */
export function hostMoments(): FilterMoments {
  const now = Date.now();
  return { now, overdueAt: now };
}

function refusal(code: ListRefusal['code'], detail: string): ListRefusal {
  return { outcome: 'refused', code, detail };
}

async function findRows<DB, TB extends keyof DB, Row>(
  source: ListSource<DB, TB, Row>,
  list: ListDeclaration,
  asked: Asked,
): Promise<Found<Row>> {
  const isAll = 'terms' in asked.filter && asked.filter.type === 'and' && asked.filter.terms.length === 0;
  if (list.large === undefined || source.tenant === undefined || isAll) return findPlainly(source, list, asked);
  const { large, fields, id } = list;
  const { places, total, totalIsExact } = await readLarge(
    { db: source.reader, fields, id, table: large.table, tenantColumn: large.tenant, tenant: source.tenant },
    asked,
    LARGE_LIMITS,
  );
  return { placed: await rowsOf(source, list, places), total, totalIsExact };
}

/** The rows at these places, in their order; one that was deleted meanwhile is left out. */
export async function rowsOf<DB, TB extends keyof DB, Row>(
  { query }: ListSource<DB, TB, Row>,
  list: ListDeclaration,
  places: readonly CursorPlace[],
): Promise<readonly Placed<Row>[]> {
  if (places.length === 0) return [];
  const id = sql.ref(list.id);
  const found = await query
    .select(sql<number>`${id}`.as('list_id'))
    .where(sql<boolean>`${id} in (${sql.join(places.map((place) => place.id))})`)
    .execute();
  const byId = new Map(
    (found as unknown as readonly ({ list_id: number } & Row)[]).map(({ list_id, ...row }) => [list_id, row as Row]),
  );
  return places.flatMap((place) => {
    const row = byId.get(place.id);
    return row === undefined ? [] : [{ row, place }];
  });
}

async function findPlainly<DB, TB extends keyof DB, Row>(
  { reader, query }: ListSource<DB, TB, Row>,
  list: ListDeclaration,
  { filter, order, after, limit }: Asked,
): Promise<Found<Row>> {
  const matching = query.where(filterSql(filter, list.fields));
  const [placed, total] = await Promise.all([
    rowsAfter(matching, list, { order, after, limit }),
    countUpTo(reader, matching),
  ]);
  return { placed, total: Math.min(total, MAX_COUNTED_TOTAL), totalIsExact: total <= MAX_COUNTED_TOTAL };
}

async function rowsAfter<DB, TB extends keyof DB, Row>(
  query: SelectQueryBuilder<DB, TB, Row>,
  list: ListDeclaration,
  { order, after, limit }: Omit<Asked, 'filter'>,
): Promise<readonly Placed<Row>[]> {
  const columns = { value: order.column, id: sql.ref(list.id) };
  const direction = order.descending ? 'desc' : 'asc';
  const rows = query.select([
    sql<string | number>`${columns.value}`.as('list_value'),
    sql<number>`${columns.id}`.as('list_id'),
  ]);
  const rest = after === undefined ? rows : rows.where(afterSql(order, after, columns));
  const found = await rest.orderBy(columns.value, direction).orderBy(columns.id, direction).limit(limit).execute();
  return (found as unknown as readonly ({ list_value: string | number; list_id: number } & Row)[]).map(
    ({ list_value, list_id, ...row }) => ({ row: row as Row, place: { value: list_value, id: list_id } }),
  );
}

/** One more than the bound says that there are more. */
async function countUpTo<DB, TB extends keyof DB, Row>(
  reader: Kysely<Schema>,
  query: SelectQueryBuilder<DB, TB, Row>,
): Promise<number> {
  const counted = query
    .clearSelect()
    .select(sql<number>`1`.as('one'))
    .limit(MAX_COUNTED_TOTAL + 1);
  const { rows } = await sql<{ n: number }>`select count(*) as n from ${counted} as counted`.execute(reader);
  return rows[0]?.n ?? 0;
}
