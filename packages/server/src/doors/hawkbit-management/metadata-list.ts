import type { PageQuery } from '@updraft/protocols/hawkbit-management';
import type { ListDeclaration } from '@updraft/store';
import { searchable } from './read-list.ts';
import { answerRows } from './read-rows.ts';

/** Keys and values are few, and looked through in memory: no column is read by these names. */
const IN_MEMORY: ListDeclaration = {
  fields: {
    key: { type: 'exact', column: 'key', sortable: true },
    value: { type: 'text', column: 'value' },
  },
  id: 'key',
  defaultSort: 'key',
};
const METADATA = searchable(
  IN_MEMORY,
  { key: 'key', value: 'value' },
  { defaultOrder: { field: 'key', descending: false } },
);

/** A page of metadata, by its keys where nothing else is asked for. */
export function answerMetadata<Row extends { readonly key: string; readonly value: string }, View>(
  rows: readonly Row[],
  query: Omit<PageQuery, 'q'>,
  viewOf: (row: Row) => View,
) {
  const read = (row: Row) => (field: string) => [field === 'key' ? row.key : row.value];
  return answerRows({ rows, read, now: 0 }, { list: METADATA, query }, viewOf);
}
