import type { Filter, Operand, TextPattern } from '@updraft/core';
import { fold } from '@updraft/core';
import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';
import type { ListField, ListFields } from './list-fields.ts';
import { columnSql } from './list-fields.ts';

type Condition = RawBuilder<boolean>;
type Comparison = Exclude<Filter, { terms: unknown }>;

/** The filter as a condition of SQL; it says yes exactly where core's `matchesFilter` does. */
export function filterSql(filter: Filter, fields: ListFields): Condition {
  if (filter.type === 'equals' || filter.type === 'order') return comparisonSql(filter, fieldOf(fields, filter.field));
  if (filter.terms.length === 0) return sql<boolean>`1 = 1`;
  const terms = filter.terms.map((term) => filterSql(term, fields));
  return sql<boolean>`(${sql.join(terms, filter.type === 'and' ? sql` and ` : sql` or `)})`;
}

function fieldOf(fields: ListFields, name: string): ListField {
  const field = fields[name];
  if (field === undefined) throw new Error(`the filter was parsed with other fields: there is no "${name}"`);
  return field;
}

function comparisonSql(comparison: Comparison, field: ListField): Condition {
  const condition = field.keyed === true ? keyedSql(comparison, field) : valueSql(comparison, columnSql(field.column));
  // A row without a value equals nothing: what is unknown to SQL is true here.
  return comparison.type === 'equals' && comparison.negated ? sql<boolean>`(${condition}) is not true` : condition;
}

function keyedSql(comparison: Comparison, { values }: Extract<ListField, { keyed: true }>): Condition {
  return sql<boolean>`exists (select 1 from ${sql.table(values.table)}
    where ${sql.ref(values.owner)} = ${sql.ref(values.of)} and ${sql.ref(values.keyFold)} = ${fold(comparison.key ?? '')}
    and ${valueSql(comparison, sql.ref(values.value))})`;
}

function valueSql(comparison: Comparison, column: RawBuilder<unknown>): Condition {
  if (comparison.type === 'order') return sql<boolean>`${column} ${sql.raw(comparison.relation)} ${comparison.operand}`;
  const { operands } = comparison;
  const whole = operands.filter((operand) => typeof operand !== 'object');
  const patterns = operands.filter((operand: Operand) => typeof operand === 'object');
  const conditions = patterns.map((pattern) => patternSql(column, pattern));
  if (whole.length > 0) conditions.push(sql<boolean>`${column} in (${sql.join(whole)})`);
  return sql<boolean>`(${sql.join(conditions, sql` or `)})`;
}

/** Beside LIKE, the bounds of what begins so: an index serves them. */
function patternSql(column: RawBuilder<unknown>, { parts }: TextPattern): Condition {
  const like = parts.map((part) => part.replaceAll(/[\\%_]/g, '\\$&')).join('%');
  const matches = sql<boolean>`${column} like ${like} escape '\\'`;
  const prefix = parts[0] ?? '';
  if (prefix === '') return matches;
  const end = firstAfter(prefix);
  const from = sql<boolean>`${column} >= ${prefix} and ${matches}`;
  return end === null ? sql<boolean>`(${from})` : sql<boolean>`(${from} and ${column} < ${end})`;
}

/** The least text, by code point, above all that begin with `prefix`; null where there is none. */
function firstAfter(prefix: string): string | null {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (points.at(-1) === 0x10ffff) points.pop();
  const last = points.pop();
  if (last === undefined) return null;
  // Surrogates are no code points of a text.
  return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
}
