import { compareCodePoints, type FieldReader, matchesFilter, settleFilter } from '@updraft/core';
import type { PageQuery } from '@updraft/protocols/hawkbit-management';
import type { OffsetOrder } from '@updraft/store';
import type { ManagementRefusal } from './handler.ts';
import { envelopeOf, readSearch, readSort, type SearchableList } from './read-list.ts';

/** What a row says of a field, folded or not: as `FieldReader`. */
type RowReader<Row> = (row: Row) => FieldReader;

/** A page of rows that are all in memory, as `answerList` makes it of a query. `rows` stand in the order of their ids. */
export function answerRows<Row, View>(
  { rows, read, now }: { readonly rows: readonly Row[]; readonly read: RowReader<Row>; readonly now: number },
  { list, query }: { readonly list: SearchableList; readonly query: PageQuery },
  viewOf: (row: Row) => View,
): { readonly ok: { content: View[]; total: number; size: number } } | ManagementRefusal {
  const { fields } = list.declaration;
  const filter = readSearch(list.search, query.q ?? '');
  if ('error' in filter) return filter;
  const order = readSort(list, query.sort);
  if ('error' in order) return order;
  const settled = settleFilter(filter, fields, { now, overdueAt: now });
  const found = rows.filter((row) => matchesFilter(settled, fields, read(row))).toSorted(ordering(read, order));
  const { offset, limit } = query;
  return { ok: envelopeOf(found.slice(offset, offset + limit).map(viewOf), found.length) };
}

function ordering<Row>(read: RowReader<Row>, order: readonly OffsetOrder[]) {
  return (a: Row, b: Row): number => {
    for (const { field, descending } of order) {
      const between = compared(read(a)(field, null)[0] ?? '', read(b)(field, null)[0] ?? '');
      if (between !== 0) return descending ? -between : between;
    }
    return 0;
  };
}

function compared(a: string | number, b: string | number): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : compareCodePoints(String(a), String(b));
}
