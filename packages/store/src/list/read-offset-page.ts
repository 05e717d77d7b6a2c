import type { Filter, SettledFilter } from '@updraft/core';
import { settleFilter } from '@updraft/core';
import type { SelectQueryBuilder } from 'kysely';
import { sql } from 'kysely';
import { fieldOf, filterSql } from './filter-sql.ts';
import type { ListDeclaration } from './list-fields.ts';
import { columnSql } from './list-fields.ts';
import type { PageOrder } from './page-order.ts';
import { hostMoments, LARGE_LIMITS, type ListSource, rowsOf } from './read-page.ts';
import { readLarge } from './read-large.ts';

/** A page by its number of rows, for wires that know no cursor. The filter and the order name the list's own fields. */
export type OffsetRequest = {
  readonly filter: Filter;
  /** At least one; after the last the id decides, in its direction. Only fields whose column the query joins. */
  readonly order: readonly OffsetOrder[];
  readonly offset: number;
  readonly limit: number;
};
export type OffsetOrder = { readonly field: string; readonly descending: boolean };

/** `total` is exact: those who count pages divide it. */
export type OffsetPage<Row> = { readonly rows: readonly Row[]; readonly total: number };

/**
 * One page of a list by offset: the twin of `readPage`. Of a large list the first pages are found by its indexes; what
 * lies deep in it costs a walk. Give it the store's `longReader`.
 */
export async function readOffsetPage<DB, TB extends keyof DB, Row>(
  source: ListSource<DB, TB, Row>,
  list: ListDeclaration,
  request: OffsetRequest,
): Promise<OffsetPage<Row>> {
  const filter = settleFilter(request.filter, list.fields, source.moments ?? hostMoments());
  const near = await readNear(source, list, { ...request, filter });
  if (near !== null) return near;
  const matching = source.query.where(filterSql(filter, list.fields));
  const rows = await ordered(matching, list, request.order).offset(request.offset).limit(request.limit).execute();
  return { rows, total: await countExactly(source, matching) };
}

type Settled = Omit<OffsetRequest, 'filter'> & { readonly filter: SettledFilter };

/** By the indexes of a large list; null where it is none, or the page is not one of its first in an order of an index. */
async function readNear<DB, TB extends keyof DB, Row>(
  source: ListSource<DB, TB, Row>,
  list: ListDeclaration,
  { filter, order: orders, offset, limit }: Settled,
): Promise<OffsetPage<Row> | null> {
  const { large, fields, id } = list;
  const order = orders.length === 1 ? indexedOrder(list, orders[0]) : null;
  const isAll = 'terms' in filter && filter.type === 'and' && filter.terms.length === 0;
  const last = offset + limit;
  if (large === undefined || source.tenant === undefined || order === null) return null;
  if (isAll || last > LARGE_LIMITS.total) return null;
  const { places, total, totalIsExact } = await readLarge(
    { db: source.reader, fields, id, table: large.table, tenantColumn: large.tenant, tenant: source.tenant },
    { filter, order, after: undefined, limit: last },
    LARGE_LIMITS,
  );
  const rows = (await rowsOf(source, list, places.slice(offset))).map(({ row }) => row);
  if (totalIsExact) return { rows, total };
  return { rows, total: await countExactly(source, source.query.where(filterSql(filter, fields))) };
}

function indexedOrder(list: ListDeclaration, order: OffsetOrder | undefined): PageOrder | null {
  const field = order === undefined ? undefined : fieldOf(list.fields, order.field);
  if (order === undefined || field?.sortable !== true) return null;
  const { descending } = order;
  return { sort: order.field, field, column: columnSql(field.column), descending };
}

/** Rows without a value stand before all others, on both databases. */
function ordered<DB, TB extends keyof DB, Row>(
  query: SelectQueryBuilder<DB, TB, Row>,
  list: ListDeclaration,
  order: readonly OffsetOrder[],
) {
  let sorted = query;
  for (const { field: name, descending } of order) {
    const field = fieldOf(list.fields, name);
    const column = columnSql(field.column);
    const direction = descending ? 'desc' : 'asc';
    if (field.sortable !== true) sorted = sorted.orderBy(sql`(${column} is not null)`, direction);
    sorted = sorted.orderBy(column, direction);
  }
  return sorted.orderBy(sql.ref(list.id), order.at(-1)?.descending === true ? 'desc' : 'asc');
}

async function countExactly<DB, TB extends keyof DB, Row>(
  { reader }: ListSource<DB, TB, Row>,
  query: SelectQueryBuilder<DB, TB, Row>,
): Promise<number> {
  const counted = query.clearSelect().select(sql<number>`1`.as('one'));
  const { rows } = await sql<{ n: number }>`select count(*) as n from ${counted} as counted`.execute(reader);
  return rows[0]?.n ?? 0;
}
