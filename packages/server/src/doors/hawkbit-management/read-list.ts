import { parseFilter, type Filter, type FilterFields } from '@updraft/core';
import { type PageQuery, searchFields, type SearchNames } from '@updraft/protocols/hawkbit-management';
import { type ListDeclaration, type ListSource, type OffsetOrder, readOffsetPage } from '@updraft/store';
import type { ManagementRefusal } from './handler.ts';

/** A list of ours under hawkBit's names. */
export type SearchableList = {
  readonly declaration: ListDeclaration;
  readonly search: FilterFields;
  /** Of our fields whose values stand in joined rows those whose join the query has: they sort, too. */
  readonly joined: readonly string[];
  readonly defaultOrder: OffsetOrder;
};

export function searchable(
  declaration: ListDeclaration,
  names: SearchNames,
  more: { readonly joined?: readonly string[]; readonly defaultOrder: OffsetOrder },
): SearchableList {
  const search = searchFields(declaration.fields, names);
  return { declaration, search, joined: more.joined ?? [], defaultOrder: more.defaultOrder };
}

type Envelope<View> = { content: View[]; total: number; size: number };

/** A page as every list answers it: `q` and `sort` in hawkBit's names, rows turned into views. */
export async function answerList<DB, TB extends keyof DB, Row, View>(
  source: ListSource<DB, TB, Row>,
  { list, query }: { readonly list: SearchableList; readonly query: PageQuery },
  viewsOf: (rows: readonly Row[]) => View[] | Promise<View[]>,
): Promise<{ readonly ok: Envelope<View> } | ManagementRefusal> {
  const filter = readSearch(list.search, query.q ?? '');
  if ('error' in filter) return filter;
  const order = readSort(list, query.sort);
  if ('error' in order) return order;
  const { offset, limit } = query;
  const page = await readOffsetPage(source, list.declaration, { filter, order, offset, limit });
  return { ok: envelopeOf(await viewsOf(page.rows), page.total) };
}

export function envelopeOf<View>(content: View[], total: number): Envelope<View> {
  return { content, total, size: content.length };
}

/** A filter in hawkBit's names, read: it names our fields. */
export function readSearch(search: FilterFields, q: string): Filter | ManagementRefusal {
  const parsed = parseFilter(q, search);
  if (parsed.outcome === 'parsed') return parsed.filter;
  const { about, message } = parsed.problem;
  return { error: about === 'field' ? 'rest.param.rsqlInvalidField' : 'rest.param.rsqlParamSyntax', message };
}

/** `field:ASC,other:DESC`, in any case of letters; both parts are needed. */
export function readSort(list: SearchableList, sort: string | undefined): readonly OffsetOrder[] | ManagementRefusal {
  if (sort === undefined || sort === '') return [list.defaultOrder];
  const orders: OffsetOrder[] = [];
  for (const part of sort.split(',')) {
    const [name = '', direction = '', more] = part.split(':').map((each) => each.trim());
    if (name === '' || direction === '' || more !== undefined)
      return { error: 'rest.param.sortParamSyntax', message: `"${part}" is not FIELD:ASC or FIELD:DESC` };
    if (!/^(asc|desc)$/i.test(direction))
      return { error: 'rest.param.invalidDirection', message: `"${direction}" is neither ASC nor DESC` };
    const field = sortedField(list, name);
    if (field === null) return { error: 'rest.param.invalidField', message: `"${name}" cannot be sorted by` };
    orders.push({ field, descending: direction.toLowerCase() === 'desc' });
  }
  return orders;
}

function sortedField({ search, declaration, joined }: SearchableList, name: string): string | null {
  const field = Object.hasOwn(search, name.toLowerCase()) ? search[name.toLowerCase()] : undefined;
  const own = field?.is === undefined ? undefined : declaration.fields[field.is];
  if (field?.is === undefined || own === undefined) return null;
  return own.rows === undefined || joined.includes(field.is) ? field.is : null;
}
