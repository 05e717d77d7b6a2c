import type { SettledFilter, TextPattern } from '@updraft/core';
import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';

export type SqlCondition = RawBuilder<boolean>;
type Comparison = Extract<SettledFilter, { type: 'equals' | 'order' }>;

/**
 * That one value, in `column`, is as the comparison asks, its `negated` apart. `isEmptyNothing`: the empty text is no
 * value, and fits neither star nor order; whether it is meant itself is for the caller.
 */
export function valueSql(comparison: Comparison, column: RawBuilder<unknown>, isEmptyNothing: boolean): SqlCondition {
  if (comparison.type === 'order') {
    const stands = sql<boolean>`${column} ${sql.raw(comparison.relation)} ${comparison.operand}`;
    return isEmptyNothing ? sql<boolean>`(${stands} and ${nonEmptySql(column)})` : stands;
  }
  const whole = comparison.operands.filter((operand) => typeof operand !== 'object');
  const meant = isEmptyNothing ? whole.filter((operand) => operand !== '') : whole;
  const patterns = comparison.operands.filter((operand) => typeof operand === 'object');
  const conditions = patterns.map((pattern) => patternSql(column, pattern, isEmptyNothing));
  if (meant.length > 0) conditions.push(sql<boolean>`${column} in (${sql.join(meant)})`);
  return conditions.length === 0 ? sql<boolean>`1 = 0` : sql<boolean>`(${sql.join(conditions, sql` or `)})`;
}

export function nonEmptySql(column: RawBuilder<unknown>): SqlCondition {
  return sql<boolean>`${column} <> ''`;
}

/** Beside LIKE, the bounds of what begins so: an index serves them. */
function patternSql(column: RawBuilder<unknown>, { parts }: TextPattern, isEmptyNothing: boolean): SqlCondition {
  if (parts.every((part) => part === '')) return isEmptyNothing ? nonEmptySql(column) : sql<boolean>`${column} >= ''`;
  const like = parts.map((part) => part.replaceAll(/[\\%_]/g, '\\$&')).join('%');
  const matches = sql<boolean>`${column} like ${like} escape '\\'`;
  const prefix = parts[0] ?? '';
  return prefix === '' ? matches : sql<boolean>`(${boundsSql(column, prefix)} and ${matches})`;
}

/** That a text begins with `prefix`, as an index can tell. */
function boundsSql(column: RawBuilder<unknown>, prefix: string): SqlCondition {
  const end = firstAfter(prefix);
  const from = sql<boolean>`${column} >= ${prefix}`;
  return end === null ? from : sql<boolean>`${from} and ${column} < ${end}`;
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
