import { compareCodePoints, fold } from '../fold.ts';
import type { FilterField, FilterFields } from './filter-field.ts';
import { isEmptyNothing } from './filter-field.ts';
import type { TextPattern } from './filter-operand.ts';
import { pathFold } from './filter-operand.ts';
import type { OrderRelation, SettledFilter } from './parse-filter.ts';

/** A row's values of a field, as they are stored: text unfolded, instants as epoch ms, flags as 0 and 1. */
export type FieldReader = (field: string, key: string | null) => readonly (string | number)[];

/** Whether a row matches: the same answer that the filter's SQL gives. */
export function matchesFilter(filter: SettledFilter, fields: FilterFields, read: FieldReader): boolean {
  if ('terms' in filter) {
    const isTrue = (term: SettledFilter): boolean => matchesFilter(term, fields, read);
    return filter.type === 'and' ? filter.terms.every(isTrue) : filter.terms.some(isTrue);
  }
  const field = fields[filter.field];
  if (field === undefined) throw new Error(`the filter was parsed with other fields: there is no "${filter.field}"`);
  const values = comparable(field, read(filter.field, filter.key));
  switch (filter.type) {
    case 'missing':
      return (values.length === 0) !== filter.negated;
    case 'order':
      return values.some((value) => stands(value, filter.relation, filter.operand));
    case 'equals': {
      if (field.keyed === true && values.length === 0) return false;
      const { operands } = filter;
      const isEmptyMeant = values.length === 0 && isEmptyNothing(field) && operands.includes('');
      const isSome = isEmptyMeant || values.some((value) => operands.some((operand) => equals(value, operand)));
      return isSome !== filter.negated;
    }
  }
}

function comparable(field: FilterField, values: readonly (string | number)[]): readonly (string | number)[] {
  const folded = values.map((value) => {
    if (field.type === 'path') return pathFold(String(value));
    return field.type === 'text' ? fold(String(value)) : value;
  });
  return isEmptyNothing(field) ? folded.filter((value) => value !== '') : folded;
}

function equals(value: string | number, operand: string | number | TextPattern): boolean {
  return typeof operand === 'object' ? fits(String(value), operand) : value === operand;
}

/** The first part begins the text, the last ends it, the others are found from left to right, each as early as it can. */
function fits(text: string, { parts }: TextPattern): boolean {
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

function stands(value: string | number, relation: OrderRelation, operand: string | number): boolean {
  const order =
    typeof value === 'string' || typeof operand === 'string'
      ? compareCodePoints(String(value), String(operand))
      : value - operand;
  switch (relation) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}
