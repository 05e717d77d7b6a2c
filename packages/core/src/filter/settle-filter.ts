import type { FilterField, FilterFields } from './filter-field.ts';
import type { FilterMoments } from './filter-moment.ts';
import { momentAt } from './filter-moment.ts';
import type { Filter, FilterComparison, SettledFilter } from './parse-filter.ts';

const EVERYTHING: SettledFilter = { type: 'and', terms: [] };
const NOTHING: SettledFilter = { type: 'or', terms: [] };

/** A filter with the time of one evaluation put in: what its SQL and `matchesFilter` read. */
export function settleFilter(filter: Filter, fields: FilterFields, moments: FilterMoments): SettledFilter {
  if ('terms' in filter)
    return { type: filter.type, terms: filter.terms.map((term) => settleFilter(term, fields, moments)) };
  const standing = fields[filter.field]?.while;
  if (standing !== undefined) return settleFlag(filter, standing, moments);
  if (filter.type === 'missing') return filter;
  if (filter.type === 'order') return { ...filter, operand: settled(filter.operand, moments) };
  return {
    ...filter,
    operands: filter.operands.map((one) => (typeof one === 'object' && 'parts' in one ? one : settled(one, moments))),
  };
}

/** Whether what matches may change by time alone. */
export function movesWithTime(filter: Filter, fields: FilterFields): boolean {
  if ('terms' in filter) return filter.terms.some((term) => movesWithTime(term, fields));
  if (fields[filter.field]?.while !== undefined) return true;
  if (filter.type === 'missing') return false;
  const operands = filter.type === 'order' ? [filter.operand] : filter.operands;
  return operands.some((operand) => typeof operand === 'object' && 'moment' in operand);
}

/** Fields that it compares, or that its flags look at. */
export function fieldsOf(filter: Filter, fields: FilterFields): ReadonlySet<string> {
  if ('terms' in filter) return new Set(filter.terms.flatMap((term) => [...fieldsOf(term, fields)]));
  return new Set([fields[filter.field]?.while?.field ?? filter.field]);
}

type Written = Exclude<Filter, { terms: unknown }>;
type Standing = NonNullable<FilterField['while']>;
type Value = Extract<Written, { type: 'order' }>['operand'];

function settled(operand: Value, moments: FilterMoments): string | number {
  return typeof operand === 'object' ? momentAt(operand, moments) : operand;
}

/** Such a flag has a value always: false where the field that it looks at has none. */
function settleFlag(filter: Written, standing: Standing, moments: FilterMoments): SettledFilter {
  if (filter.type !== 'equals') return filter.type === 'missing' && filter.negated ? EVERYTHING : NOTHING;
  const wanted = [1, 0].filter((value) => filter.operands.includes(value) !== filter.negated);
  if (wanted.length === 2) return EVERYTHING;
  if (wanted.length === 0) return NOTHING;
  const operand = standing.moment === 'now' ? moments.now : moments.overdueAt;
  const place = { field: standing.field, key: null };
  if (wanted[0] === 1) return { type: 'order', ...place, relation: standing.relation, operand };
  const missing: FilterComparison<number> = { type: 'missing', ...place, negated: false };
  return {
    type: 'or',
    terms: [missing, { type: 'order', ...place, relation: standing.relation === '<' ? '>=' : '<=', operand }],
  };
}
