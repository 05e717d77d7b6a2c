import type { FilterField } from '@updraft/core';
import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';

/** `table.column`, or an expression where what is shown is worked out. For text: of the folded column. */
export type ListColumn = string | RawBuilder<unknown>;

/** Where a field's values stand if not in the listed row itself: one row a value, whose `owner` is the listed row's `of`. */
export type ValueRows = {
  /** Tables and what joins them, as SQL. */
  readonly from: string;
  readonly owner: string;
  readonly of: ListColumn;
  /** Of a keyed field: the column of the key. */
  readonly key?: string;
  /** Few rows to a tenant, whose ids are looked up before the list is: `tenant` is their column of it. */
  readonly few?: { readonly tenant: string };
};

/**
 * How ids of listed rows are found by a condition on this field, through an index. `self`: an index over tenant, the
 * column (or `of`, where values stand elsewhere) and the id serves it. Else rows that name the listed row; `among`: they
 * are among those that any of these give, some of which may not match.
 */
export type FieldFinder = 'self' | RowFinder | { readonly among: readonly RowFinder[] };

export type RowFinder = {
  readonly from: string;
  readonly id: string;
  /** Null: the rows of all tenants stand together. */
  readonly tenant: string | null;
  readonly column: ListColumn;
  readonly key?: string;
  /** The index holds so many characters of the text. */
  readonly head?: number;
  /** Of a word field: the words that can be found so, and what stands for each in the column. */
  readonly words?: Readonly<Record<string, readonly string[]>>;
  /** The condition of a partial index. */
  readonly where?: string;
  /** No index: the whole of a narrow table is looked through, once. */
  readonly scans?: true;
  /** Looks through all listed rows, in the order of their ids, for those without a value. */
  readonly missing?: string;
};

/** A field of a list. It may be sorted by where an index over tenant, the column and the id serves; never a nullable one. */
export type ListField = FilterField & {
  readonly column: ListColumn;
  readonly rows?: ValueRows;
  readonly finder?: FieldFinder;
  readonly sortable?: true;
};

export type ListFields = Readonly<Record<string, ListField>>;

/** How one aggregate is listed: what may be filtered and sorted, and the unique column that ends every order. */
export type ListDeclaration = {
  readonly fields: ListFields;
  readonly id: string;
  /** A sortable field; `-` before it reverses. */
  readonly defaultSort: string;
  /** The table of a list that may have a million rows: its pages are found by indexes or walked for in slices. */
  readonly large?: { readonly table: string; readonly tenant: string };
};

export function columnSql(column: ListColumn): RawBuilder<unknown> {
  return typeof column === 'string' ? sql.ref(column) : column;
}
