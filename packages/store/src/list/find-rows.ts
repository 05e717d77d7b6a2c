import { isEmptyNothing } from '@updraft/core';
import type { Kysely, RawBuilder } from 'kysely';
import { sql } from 'kysely';
import type { Schema } from '../schema.ts';
import { comparisonSql, fieldOf, type SettledComparison } from './filter-sql.ts';
import type { ListField, ListFields, RowFinder, ValueRows } from './list-fields.ts';
import { columnSql } from './list-fields.ts';
import { valueSql } from './value-sql.ts';

/** A large list of one tenant. */
export type LargeList = {
  readonly db: Kysely<Schema>;
  readonly fields: ListFields;
  readonly table: string;
  readonly id: string;
  /** The column of the tenant, and the tenant. */
  readonly tenantColumn: string;
  readonly tenant: number;
};

/** Whether the field's rows are found by looking through a whole table. */
export function isScanned({ finder }: ListField): boolean {
  return typeof finder === 'object' && 'from' in finder && finder.scans === true;
}

/** Whether what is found for a comparison matches it, all of it, and each row is found once. */
export function isFoundExactly({ finder, rows, keyed }: ListField, comparison: SettledComparison): boolean {
  if (comparison.type === 'missing') return false;
  if (finder === 'self') return true;
  if (finder === undefined || 'among' in finder || isNegated(comparison)) return false;
  const isOwn = finder.tenant !== null && finder.head === undefined && finder.words === undefined;
  return isOwn && (rows === undefined || keyed === true);
}

/** Selects one column, `id`. */
export type IdSelect = RawBuilder<{ id: number }>;

/** What gives all rows of a comparison; `own`: the same as a condition on the listed rows themselves, where it is one. */
export type FoundRows = { readonly selects: readonly IdSelect[]; readonly own: RawBuilder<boolean> | null };

/** Of a tenant's releases or types: more than these are not named one by one. */
const MAX_NAMED_IDS = 500;

/**
 * Selections by index that together give the ids of all rows of a comparison, some perhaps twice or without matching;
 * null where no index gives them.
 */
export async function findRows(list: LargeList, comparison: SettledComparison): Promise<FoundRows | null> {
  const field = fieldOf(list.fields, comparison.field);
  const { finder, rows } = field;
  if (finder === undefined) return null;
  if (finder === 'self') {
    const conditions = await findOwn(list, { comparison, field, rows });
    if (conditions === null) return null;
    const own = conditions.length === 0 ? null : sql<boolean>`(${sql.join(conditions, sql` or `)})`;
    return { selects: conditions.map((condition) => ownRows(list, condition)), own };
  }
  const selects =
    'among' in finder
      ? findAmong(list, { comparison, field, finders: finder.among })
      : findByRows(list, { comparison, field, finder });
  return selects === null ? null : { selects, own: null };
}

type Own = { readonly comparison: SettledComparison; readonly field: ListField; readonly rows: ValueRows | undefined };

/** Conditions on the listed rows, each for an index; every match meets one of them. */
async function findOwn(list: LargeList, { comparison, field, rows }: Own) {
  if (rows?.few !== undefined) return findByFew(list, { comparison, field, rows });
  return isNegated(comparison) || beginsWithStar(comparison) ? null : [comparisonSql(comparison, field)];
}

function isNegated(comparison: SettledComparison): boolean {
  return comparison.type !== 'order' && comparison.negated;
}

function beginsWithStar(comparison: SettledComparison): boolean {
  if (comparison.type !== 'equals') return false;
  return comparison.operands.some((operand) => typeof operand === 'object' && operand.parts[0] === '');
}

function ownRows({ table, id, tenantColumn, tenant }: LargeList, condition: RawBuilder<boolean>): IdSelect {
  return sql`select ${sql.ref(id)} as id from ${sql.table(table)}
    where ${sql.ref(tenantColumn)} = ${tenant} and ${condition}`;
}

type Among = {
  readonly comparison: SettledComparison;
  readonly field: ListField;
  readonly finders: readonly RowFinder[];
};

/** Of words each finder gives those that it knows, and every wanted word must be known to some; else all give theirs. */
function findAmong(list: LargeList, { comparison, field, finders }: Among): readonly IdSelect[] | null {
  if (field.type !== 'word') {
    const found = finders.map((finder) => findByRows(list, { comparison, field, finder }));
    return found.some((one) => one === null) ? null : found.flatMap((one) => one ?? []);
  }
  // What has no value differs from every word, and no row names it.
  if (comparison.type !== 'equals' || (comparison.negated && field.rows !== undefined)) return null;
  const wanted = field.words.filter((word) => comparison.operands.includes(word) !== comparison.negated);
  const selects = wanted.map((word) => {
    const one = { ...comparison, operands: [word], negated: false };
    return finders
      .filter(({ words }) => words?.[word] !== undefined)
      .map((finder) => findByRows(list, { comparison: one, field, finder }));
  });
  if (selects.some((found) => found.length === 0 || found.includes(null))) return null;
  return selects.flat().flatMap((one) => one ?? []);
}

type ByRows = { readonly comparison: SettledComparison; readonly field: ListField; readonly finder: RowFinder };

function findByRows(list: LargeList, { comparison, field, finder }: ByRows): readonly IdSelect[] | null {
  if (comparison.type === 'missing' && !comparison.negated && finder.missing !== undefined)
    return [ownRows(list, sql<boolean>`${sql.raw(finder.missing)}`)];
  const condition = conditionOf(comparison, field, finder);
  if (condition === null) return null;
  const parts = [condition];
  if (finder.tenant !== null) parts.push(sql<boolean>`${sql.ref(finder.tenant)} = ${list.tenant}`);
  if (finder.key !== undefined) parts.push(sql<boolean>`${sql.ref(finder.key)} = ${comparison.key ?? ''}`);
  if (finder.where !== undefined) parts.push(sql<boolean>`${sql.raw(finder.where)}`);
  return [sql`select ${sql.ref(finder.id)} as id from ${sql.raw(finder.from)} where ${sql.join(parts, sql` and `)}`];
}

/** Null where rows would be missed: a device without any value matches too. */
function conditionOf(comparison: SettledComparison, field: ListField, finder: RowFinder): RawBuilder<boolean> | null {
  const column = columnSql(finder.column);
  if (finder.words !== undefined) return wordsCondition(comparison, field, finder);
  if (comparison.type === 'missing') return comparison.negated ? sql<boolean>`1 = 1` : null;
  const isNothing = isEmptyNothing(field);
  if (comparison.type === 'equals') {
    if (isNothing && comparison.operands.includes('')) return null;
    if (comparison.negated) return field.keyed === true ? sql<boolean>`1 = 1` : null;
    if (finder.head !== undefined) return headSql(comparison, column, finder.head);
  }
  if (finder.head !== undefined) return sql<boolean>`1 = 1`;
  return valueSql(comparison, column, isNothing);
}

function wordsCondition(
  comparison: SettledComparison,
  field: ListField,
  { words = {}, column }: RowFinder,
): RawBuilder<boolean> | null {
  if (comparison.type !== 'equals' || field.type !== 'word') return null;
  if (comparison.negated && field.rows !== undefined) return null;
  const wanted = field.words.filter((word) => comparison.operands.includes(word) !== comparison.negated);
  if (wanted.some((word) => words[word] === undefined)) return null;
  const stored = wanted.flatMap((word) => words[word] ?? []);
  return stored.length === 0
    ? sql<boolean>`1 = 0`
    : sql<boolean>`${columnSql(column)} in (${sql.join(stored.map((word) => sql.lit(word)))})`;
}

/** What begins as the values do, as far as the index goes: more than matches, and none that matches is missed. */
function headSql(
  comparison: Extract<SettledComparison, { type: 'equals' }>,
  column: RawBuilder<unknown>,
  characters: number,
): RawBuilder<boolean> {
  const cut = (text: string) => Array.from(text).slice(0, characters).join('');
  const operands = comparison.operands.map((operand) => {
    if (typeof operand !== 'object') return cut(String(operand));
    const prefix = operand.parts[0] ?? '';
    return { parts: [cut(prefix), ''] };
  });
  const head = sql`substr(${column}, 1, ${sql.lit(characters)})`;
  return valueSql({ ...comparison, operands }, head, false);
}

type ByFew = { readonly comparison: SettledComparison; readonly field: ListField; readonly rows: ValueRows };

/** Names the few rows that match (where it is negated, those that do not) and finds the listed rows that point to them. */
async function findByFew(
  list: LargeList,
  { comparison, field, rows }: ByFew,
): Promise<readonly RawBuilder<boolean>[] | null> {
  if (comparison.type === 'missing' || rows.few === undefined) return null;
  const isEmptyMeant = comparison.type === 'equals' && comparison.operands.includes('');
  const negated = isNegated(comparison);
  const condition = valueSql(comparison, columnSql(field.column), isEmptyNothing(field));
  const found = await sql<{ id: number }>`select ${sql.ref(rows.owner)} as id from ${sql.raw(rows.from)}
    where ${sql.ref(rows.few.tenant)} = ${list.tenant} and ${negated ? sql`not (${condition})` : condition}
    limit ${sql.lit(MAX_NAMED_IDS + 1)}`.execute(list.db);
  if (found.rows.length > MAX_NAMED_IDS) return null;
  const of = columnSql(rows.of);
  const ids = found.rows.map(({ id }) => id);
  const pointing = ids.length === 0 ? [] : [sql<boolean>`${of} in (${sql.join(ids)})`];
  return isEmptyMeant === negated ? pointing : [...pointing, sql<boolean>`${of} is null`];
}
