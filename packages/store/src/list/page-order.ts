import { alternatives } from '@updraft/core';
import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';
import type { CursorPlace } from './list-cursor.ts';
import type { ListDeclaration, ListField } from './list-fields.ts';
import { columnSql } from './list-fields.ts';

/** The order of a page: a field, then the id, both in one direction. */
export type PageOrder = {
  /** As it was asked for: a cursor belongs to it. */
  readonly sort: string;
  readonly field: ListField;
  readonly column: RawBuilder<unknown>;
  readonly descending: boolean;
};

type Columns = { readonly value: RawBuilder<unknown>; readonly id: RawBuilder<unknown> };

/** The order that a request asks for, or the sentence that refuses it. */
export function readOrder(list: ListDeclaration, requested: string | undefined): PageOrder | string {
  const sort = requested ?? list.defaultSort;
  const descending = sort.startsWith('-');
  const name = descending ? sort.slice(1) : sort;
  const field = Object.hasOwn(list.fields, name) ? list.fields[name] : undefined;
  if (field?.sortable === true) return { sort, field, column: columnSql(field.column), descending };
  const sortable = Object.keys(list.fields).filter((each) => list.fields[each]?.sortable === true);
  return `there is no order by \`${name}\`; there is ${alternatives(sortable)}`;
}

export function fitsOrder(place: CursorPlace, { field }: PageOrder): boolean {
  const isText = field.type === 'text' || field.type === 'path' || field.type === 'exact' || field.type === 'word';
  return (typeof place.value === 'string') === isText;
}

/** That a row stands behind a place. */
export function afterSql(order: PageOrder, place: CursorPlace, columns: Columns): RawBuilder<boolean> {
  return besideSql(order, { place, columns, relations: order.descending ? ['<', '<='] : ['>', '>='] });
}

/** That a row stands at a place or before it. */
export function upToSql(order: PageOrder, place: CursorPlace, columns: Columns): RawBuilder<boolean> {
  return besideSql(order, { place, columns, relations: order.descending ? ['>=', '>='] : ['<=', '<='] });
}

type Beside = {
  readonly place: CursorPlace;
  readonly columns: Columns;
  /** Of the pair, and of its value alone. */
  readonly relations: readonly [string, string];
};

/** Where one of a pair is an expression, SQLite does not see the pair in its index, but the expression alone. */
function besideSql({ field }: PageOrder, { place, columns: { value, id }, relations }: Beside): RawBuilder<boolean> {
  const [ofPair, ofValue] = relations.map((relation) => sql.raw(relation));
  const pair = sql<boolean>`(${value}, ${id}) ${ofPair} (${place.value}, ${place.id})`;
  return typeof field.column === 'string' ? pair : sql<boolean>`(${value} ${ofValue} ${place.value} and ${pair})`;
}

export function orderSql({ descending }: PageOrder, { value, id }: Columns): RawBuilder<unknown> {
  const direction = sql.raw(descending ? 'desc' : 'asc');
  return sql`${value} ${direction}, ${id} ${direction}`;
}
