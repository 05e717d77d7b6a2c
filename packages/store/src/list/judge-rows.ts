import type { SettledFilter } from '@updraft/core';
import { type RawBuilder, sql } from 'kysely';
import { filterSql } from './filter-sql.ts';
import type { IdSelect, LargeList } from './find-rows.ts';
import type { CursorPlace } from './list-cursor.ts';
import type { PageOrder } from './page-order.ts';
import { afterSql, orderSql, upToSql } from './page-order.ts';

export type Judgement = {
  readonly filter: SettledFilter;
  readonly order: PageOrder;
  /** Only what stands behind it comes on the page; all are counted. */
  readonly after: CursorPlace | undefined;
  readonly limit: number;
};

/**
 * Those that match: the first, in order, and how many in all; `looked`: of how many rows. One that is found twice counts twice
 * there, as it does for the bound of who finds: else what was cut off at its bound would pass for all.
 */
export type Judged = { readonly places: readonly CursorPlace[]; readonly total: number; readonly looked: number };

/**
 * Of the found rows those that match. Each is judged by a scalar subquery over its one row on purpose: neither database
 * makes that a join, nor looks at other rows than these. They are looked up in the order of their ids, as they lie on the disk.
 */
export async function judgeRows(list: LargeList, found: IdSelect, judgement: Judgement): Promise<Judged> {
  const { filter, order } = judgement;
  const judged = sql`select found.id, found.times, (select ${order.column} from ${sql.table(list.table)}
      where ${sql.ref(list.id)} = found.id and ${sql.ref(list.tenantColumn)} = ${list.tenant}
        and ${filterSql(filter, list.fields, 'row-by-row')}) as value
    from (select id, count(*) as times from (${found}) as every group by id order by id) as found`;
  return pageOf(list, judged, judgement);
}

/** The rows of a list in its order, behind one place up to another; none: from its first, to its last. */
export type Span = {
  readonly after: CursorPlace | undefined;
  readonly last: CursorPlace | undefined;
  /** About as many. */
  readonly rows: number;
};

/** Of the rows of a span those that match. They are looked at as they come by the index of the order, each by itself. */
export async function judgeSpan(list: LargeList, { after, last, rows }: Span, judgement: Judgement): Promise<Judged> {
  const { filter, order } = judgement;
  const table = sql.table(list.table);
  const columns = { value: order.column, id: sql.ref(list.id) };
  const ends = [sql<boolean>`${sql.ref(list.tenantColumn)} = ${list.tenant}`];
  if (after !== undefined) ends.push(afterSql(order, after, columns));
  if (last !== undefined) ends.push(upToSql(order, last, columns));
  // The bound tells the planners to go by the order's index; twice as many, for what is added meanwhile.
  const judged = sql`select ${columns.id} as id, 1 as times, ${columns.value} as value
    from (select * from ${table} where ${sql.join(ends, sql` and `)}
      order by ${orderSql(order, columns)} limit ${sql.lit(2 * rows)}) as ${table}
    where ${filterSql(filter, list.fields, 'row-by-row')}`;
  return pageOf(list, judged, judgement);
}

/** Of the rows of a condition that an index serves those that match. */
export async function judgeOwn(list: LargeList, own: RawBuilder<boolean>, judgement: Judgement): Promise<Judged> {
  const judged = sql`select ${sql.ref(list.id)} as id, 1 as times, ${judgement.order.column} as value
    from (${wholeRows(list, own)}) as ${sql.table(list.table)}
    where ${filterSql(judgement.filter, list.fields, 'row-by-row')}`;
  return pageOf(list, judged, judgement);
}

/** No planner looks for them by anything but their condition: the bound is beyond all rows that there are. */
export function wholeRows({ table, tenantColumn, tenant }: LargeList, own: RawBuilder<boolean>): RawBuilder<unknown> {
  return sql`select * from ${sql.table(table)} where ${sql.ref(tenantColumn)} = ${tenant} and ${own} limit 1000000000`;
}

type PageRow = {
  readonly total: number;
  readonly looked: number;
  readonly id: number | null;
  readonly value: string | number | null;
};

/** `judged` selects ids, how often each was found, and values of the order; null for what does not match. */
async function pageOf(
  list: LargeList,
  judged: RawBuilder<unknown>,
  { order, after, limit }: Judgement,
): Promise<Judged> {
  const columns = { value: sql.ref('value'), id: sql.ref('id') };
  const behind = after === undefined ? sql`` : sql` and ${afterSql(order, after, columns)}`;
  const { rows } = await sql<PageRow>`
    with judged as materialized (${judged}),
    page as (select id, value from judged where value is not null${behind}
      order by ${orderSql(order, columns)} limit ${sql.lit(limit)})
    select counted.total, counted.looked, page.id, page.value
    from (select count(value) as total, cast(coalesce(sum(times), 0) as bigint) as looked from judged) as counted left join page on 1 = 1
    order by ${orderSql(order, { value: sql.ref('page.value'), id: sql.ref('page.id') })}`.execute(list.db);
  const places = rows.flatMap(({ id, value }) => (id === null || value === null ? [] : [{ id, value }]));
  return { places, total: rows[0]?.total ?? 0, looked: rows[0]?.looked ?? 0 };
}
