import type { SettledFilter } from '@updraft/core';
import { sql } from 'kysely';
import { filterSql } from './filter-sql.ts';
import type { IdSelect, LargeList } from './find-rows.ts';
import type { CursorPlace } from './list-cursor.ts';
import type { PageOrder } from './page-order.ts';
import { afterSql, orderSql } from './page-order.ts';

export type Judgement = {
  readonly found: IdSelect;
  readonly filter: SettledFilter;
  readonly order: PageOrder;
  readonly after: CursorPlace | undefined;
  readonly limit: number;
};

/**
 * Of the found rows those that match: the first behind `after`, in order, and how many match in all. Each is judged by a
 * scalar subquery over its one row on purpose: neither database makes that a join, nor looks at other rows than these.
 */
export async function judgeRows(
  list: LargeList,
  { found, filter, order, after, limit }: Judgement,
): Promise<{ readonly places: readonly CursorPlace[]; readonly total: number }> {
  const table = sql.table(list.table);
  const columns = { value: sql.ref('value'), id: sql.ref('id') };
  const { rows } = await sql<{ total: number; id: number | null; value: string | number | null }>`
    with found as materialized (${found}),
    judged as materialized (
      select found.id, (select ${order.column}
        from (select * from ${table} where ${sql.ref(list.id)} = found.id limit 1) as ${table}
        where ${sql.ref(list.tenantColumn)} = ${list.tenant} and ${filterSql(filter, list.fields)}) as value
      from found),
    matched as materialized (select id, value from judged where value is not null),
    page as materialized (select id, value from matched
      where ${after === undefined ? sql`1 = 1` : afterSql(order, after, columns)}
      order by ${orderSql(order, columns)} limit ${sql.lit(limit)})
    select counted.total, page.id, page.value
    from (select count(*) as total from matched) as counted left join page on 1 = 1
    order by ${orderSql(order, { value: sql.ref('page.value'), id: sql.ref('page.id') })}`.execute(list.db);
  const places = rows.flatMap(({ id, value }) => (id === null || value === null ? [] : [{ id, value }]));
  return { places, total: rows[0]?.total ?? 0 };
}
