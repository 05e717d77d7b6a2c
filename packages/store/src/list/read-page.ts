import { alternatives, parseFilter } from '@updraft/core';
import type { Kysely, SelectQueryBuilder } from 'kysely';
import { sql } from 'kysely';
import type { Schema } from '../schema.ts';
import { filterSql } from './filter-sql.ts';
import type { CursorPlace } from './list-cursor.ts';
import { readCursor, writeCursor } from './list-cursor.ts';
import type { ListDeclaration, ListField } from './list-fields.ts';
import { columnSql } from './list-fields.ts';

/** Totals are counted up to here. */
export const MAX_COUNTED_TOTAL = 10_000;

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

type Order = { readonly sort: string; readonly field: SortField; readonly descending: boolean };
type SortField = Extract<ListField, { column: unknown }>;

/**
 * One page of a list, the one convention of all lists: filter, order by one indexed field and then the id, keyset
 * cursor, total counted up to {@link MAX_COUNTED_TOTAL}. `query` selects the rows of the scope, unordered; give it the
 * store's `longReader`, because a filter may look at every row.
 */
export async function readPage<DB, TB extends keyof DB, Row>(
  { reader, query }: { readonly reader: Kysely<Schema>; readonly query: SelectQueryBuilder<DB, TB, Row> },
  list: ListDeclaration,
  request: ListRequest,
): Promise<ListPage<Row> | ListRefusal> {
  const parsed = parseFilter(request.filter ?? '', list.fields);
  if (parsed.outcome === 'refused') return refusal('filter-invalid', parsed.problem.message);
  const order = readOrder(list, request.sort);
  if ('outcome' in order) return order;
  const after = request.cursor === undefined ? undefined : readCursor(order.sort, request.cursor);
  if (after === null || (after !== undefined && !fitsField(after, order.field)))
    return refusal('cursor-invalid', 'this is no `next` of a page in this order; begin without a cursor');

  const matching = query.where(filterSql(parsed.filter, list.fields));
  const [found, total] = await Promise.all([
    rowsAfter(matching, { list, order, after, limit: request.limit + 1 }),
    countUpTo(reader, matching),
  ]);
  const page = found.slice(0, request.limit);
  const last = page.at(-1);
  const next = found.length > page.length && last !== undefined ? writeCursor(order.sort, last.place) : null;
  return {
    outcome: 'page',
    rows: page.map(({ row }) => row),
    total: Math.min(total, MAX_COUNTED_TOTAL),
    totalIsExact: total <= MAX_COUNTED_TOTAL,
    next,
  };
}

function refusal(code: ListRefusal['code'], detail: string): ListRefusal {
  return { outcome: 'refused', code, detail };
}

function readOrder(list: ListDeclaration, requested: string | undefined): Order | ListRefusal {
  const sort = requested ?? list.defaultSort;
  const descending = sort.startsWith('-');
  const name = descending ? sort.slice(1) : sort;
  const field = Object.hasOwn(list.fields, name) ? list.fields[name] : undefined;
  if (field !== undefined && field.keyed !== true && field.sortable === true) return { sort, field, descending };
  const sortable = Object.keys(list.fields).filter((each) => list.fields[each]?.sortable === true);
  return refusal('sort-invalid', `there is no order by \`${name}\`; there is ${alternatives(sortable)}`);
}

function fitsField(place: CursorPlace, field: SortField): boolean {
  const isText = field.type === 'text' || field.type === 'exact' || field.type === 'word';
  return (typeof place.value === 'string') === isText;
}

type Placed<Row> = { readonly row: Row; readonly place: CursorPlace };

async function rowsAfter<DB, TB extends keyof DB, Row>(
  query: SelectQueryBuilder<DB, TB, Row>,
  page: {
    readonly list: ListDeclaration;
    readonly order: Order;
    readonly after: CursorPlace | undefined;
    readonly limit: number;
  },
): Promise<readonly Placed<Row>[]> {
  const { list, order, after, limit } = page;
  const column = columnSql(order.field.column);
  const id = sql.ref(list.id);
  const direction = order.descending ? 'desc' : 'asc';
  let rows = query.select([sql<string | number>`${column}`.as('list_value'), sql<number>`${id}`.as('list_id')]);
  if (after !== undefined)
    rows = rows.where(
      sql<boolean>`(${column}, ${id}) ${sql.raw(order.descending ? '<' : '>')} (${after.value}, ${after.id})`,
    );
  const found = await rows.orderBy(column, direction).orderBy(id, direction).limit(limit).execute();
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
