import { isEmptyNothing, type SettledFilter } from '@updraft/core';
import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';
import type { ListField, ListFields, ValueRows } from './list-fields.ts';
import { columnSql } from './list-fields.ts';
import { nonEmptySql, type SqlCondition, valueSql } from './value-sql.ts';

export type SettledComparison = Exclude<SettledFilter, { terms: unknown }>;

const ALWAYS = sql<boolean>`1 = 1`;
const NEVER = sql<boolean>`1 = 0`;

/**
 * PostgreSQL may make a join of each subquery that a row has to pass. To plan a hundred of them takes it many seconds,
 * whatever few rows there are: where there are more than these, each is judged by itself.
 */
const MAX_JOINED_SUBQUERIES = 6;

/** Whether a planner may look for all rows at once by joins, or has to look at each as it comes. */
export type Judging = 'joined' | 'row-by-row';

/** The filter as a condition of SQL; it says yes exactly where core's `matchesFilter` does. */
export function filterSql(filter: SettledFilter, fields: ListFields, judging: Judging = 'joined'): SqlCondition {
  const mayJoin = judging === 'joined' && countSubqueries(filter, fields) <= MAX_JOINED_SUBQUERIES;
  return termSql(filter, fields, mayJoin ? 'joined' : 'row-by-row');
}

function countSubqueries(filter: SettledFilter, fields: ListFields): number {
  if (!('terms' in filter)) return fieldOf(fields, filter.field).rows === undefined ? 0 : 1;
  return filter.terms.reduce((sum, term) => sum + countSubqueries(term, fields), 0);
}

function termSql(filter: SettledFilter, fields: ListFields, judging: Judging): SqlCondition {
  if (!('terms' in filter)) {
    const field = fieldOf(fields, filter.field);
    const condition = comparisonSql(filter, field, judging);
    return judging === 'joined' || field.rows === undefined ? condition : sql<boolean>`(${condition}) is true`;
  }
  if (filter.terms.length === 0) return filter.type === 'and' ? ALWAYS : NEVER;
  const terms = filter.terms.map((term) => termSql(term, fields, judging));
  return sql<boolean>`(${sql.join(terms, filter.type === 'and' ? sql` and ` : sql` or `)})`;
}

export function fieldOf(fields: ListFields, name: string): ListField {
  const field = fields[name];
  if (field === undefined) throw new Error(`the filter was parsed with other fields: there is no "${name}"`);
  return field;
}

export function comparisonSql(
  comparison: SettledComparison,
  field: ListField,
  judging: Judging = 'joined',
): SqlCondition {
  const rows = field.rows === undefined ? undefined : { ...field.rows, judging };
  const column = columnSql(field.column);
  if (comparison.type === 'missing') {
    const present = rows === undefined ? sql<boolean>`${column} is not null` : someRow(rows, comparison.key, ALWAYS);
    return comparison.negated ? present : sql<boolean>`(${present}) is not true`;
  }
  const isNothing = isEmptyNothing(field);
  const condition = valueSql(comparison, column, isNothing);
  if (comparison.type === 'order') return rows === undefined ? condition : someRow(rows, comparison.key, condition);
  if (field.keyed === true && rows !== undefined)
    return someRow(rows, comparison.key, comparison.negated ? sql<boolean>`not (${condition})` : condition);
  const found = rows === undefined ? condition : someRow(rows, null, condition);
  const isEmptyMeant = isNothing && comparison.operands.includes('');
  const some = isEmptyMeant ? sql<boolean>`(${found} or ${noneSql(column, rows)})` : found;
  // A row without a value equals nothing: what is unknown to SQL is true here.
  return comparison.negated ? sql<boolean>`(${some}) is not true` : some;
}

/** That there is no value, or an empty text. */
function noneSql(column: RawBuilder<unknown>, rows: JudgedRows | undefined): SqlCondition {
  if (rows === undefined) return sql<boolean>`(${column} is null or ${column} = '')`;
  return sql<boolean>`(${someRow(rows, null, nonEmptySql(column))}) is not true`;
}

type JudgedRows = ValueRows & { readonly judging: Judging };

function someRow(
  { from, owner, of, key: column, few, judging }: JudgedRows,
  key: string | null,
  condition: SqlCondition,
): SqlCondition {
  // Few rows are looked through once, not for each listed row.
  if (few !== undefined)
    return sql<boolean>`${columnSql(of)} in (select ${sql.ref(owner)} from ${sql.raw(from)} where ${condition})`;
  const ofKey = column === undefined ? sql`` : sql` and ${sql.ref(column)} = ${key ?? ''}`;
  // With an offset PostgreSQL looks for each row's own, and never through all rows at once.
  const fence = judging === 'row-by-row' ? sql` limit 1 offset 0` : sql``;
  return sql<boolean>`exists (select 1 from ${sql.raw(from)}
    where ${sql.ref(owner)} = ${columnSql(of)}${ofKey} and ${condition}${fence})`;
}
