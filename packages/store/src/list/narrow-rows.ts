import type { SettledFilter } from '@updraft/core';
import { sql } from 'kysely';
import { dialectOf } from '../database/kysely-database.ts';
import { type Driver, unionOf } from './choose-driver.ts';
import { fieldOf, filterSql } from './filter-sql.ts';
import type { IdSelect, LargeList } from './find-rows.ts';
import type { CursorPlace } from './list-cursor.ts';
import { wholeRows } from './judge-rows.ts';
import { afterSql, orderSql, type PageOrder } from './page-order.ts';

/**
 * What a driver finds, without what other terms of the filter exclude by an index alone; no row of the list itself is
 * looked up. PostgreSQL merges or hashes what two indexes give; SQLite looks into an index for each.
 */
export function narrowRows(list: LargeList, filter: SettledFilter, { selects, beside }: Driver): IdSelect {
  const found = unionOf(selects);
  if (dialectOf(list.db) === 'postgres') {
    const [other] = beside;
    return other === undefined ? found : sql`select id from (${found}) as found where id in (${unionOf(other)})`;
  }
  const terms = 'terms' in filter && filter.type === 'and' ? filter.terms : [filter];
  const byId = terms.filter((term) => isJudgedById(list, term));
  if (byId.length === 0) return found;
  return sql`select id from (${found}) as ${sql.table(list.table)}
    where ${filterSql({ type: 'and', terms: byId }, list.fields, 'row-by-row')}`;
}

/** Whether nothing of a listed row but its id is needed to judge it. */
function isJudgedById({ fields, id }: LargeList, term: SettledFilter): boolean {
  return !('terms' in term) && fieldOf(fields, term.field).rows?.of === id;
}

/** Of what a driver finds the first in a page's order, behind a place. */
export function firstRows(
  list: LargeList,
  { selects, own }: Driver,
  { order, after, rows }: { readonly order: PageOrder; readonly after: CursorPlace | undefined; readonly rows: number },
): IdSelect {
  const columns = { value: sql.ref('value'), id: sql.ref('id') };
  const table = sql.table(list.table);
  const placed =
    own === null
      ? sql`select found.id, (select ${order.column} from ${table} where ${sql.ref(list.id)} = found.id) as value
          from (select distinct id from (${unionOf(selects)}) as every order by id) as found`
      : sql`select ${sql.ref(list.id)} as id, ${order.column} as value from (${wholeRows(list, own)}) as ${table}`;
  return sql`select id from (${placed}) as placed
    where ${after === undefined ? sql`value is not null` : afterSql(order, after, columns)}
    order by ${orderSql(order, columns)} limit ${sql.lit(rows)}`;
}
