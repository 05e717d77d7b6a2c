import type { FilterField } from '@updraft/core';
import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';

/** `table.column`, or an expression where what is shown is worked out. For text: of the folded column. */
export type ListColumn = string | RawBuilder<unknown>;

/** Where the values of a keyed field stand: rows of `table`, one a key, whose `owner` is `of` (both `table.column`). */
export type KeyedValues = {
  readonly table: string;
  readonly owner: string;
  readonly of: string;
  readonly keyFold: string;
  readonly value: string;
};

/** A field of a list. It may be sorted by where an index over tenant, the column and the id serves; never a nullable one. */
export type ListField =
  | (Exclude<FilterField, { keyed: true }> & {
      readonly keyed?: never;
      readonly column: ListColumn;
      readonly sortable?: true;
    })
  | (FilterField & { readonly keyed: true; readonly values: KeyedValues; readonly sortable?: never });

export type ListFields = Readonly<Record<string, ListField>>;

/** How one aggregate is listed: what may be filtered and sorted, and the unique column that ends every order. */
export type ListDeclaration = {
  readonly fields: ListFields;
  readonly id: string;
  /** A sortable field; `-` before it reverses. */
  readonly defaultSort: string;
};

export function columnSql(column: ListColumn): RawBuilder<unknown> {
  return typeof column === 'string' ? sql.ref(column) : column;
}
