import { compareCodePoints, fold } from '../fold.ts';
import type { FilterFields, Operand, TextPattern } from './filter-field.ts';
import type { Filter, OrderRelation } from './parse-filter.ts';

/** A row's values of a field, as they are stored: text unfolded, instants as epoch ms, flags as 0 and 1. */
export type FieldReader = (field: string, key: string | null) => readonly (string | number)[];

/** Whether a row matches: the same answer that the filter's SQL gives. */
export function matchesFilter(filter: Filter, fields: FilterFields, read: FieldReader): boolean {
  switch (filter.type) {
    case 'and':
      return filter.terms.every((term) => matchesFilter(term, fields, read));
    case 'or':
      return filter.terms.some((term) => matchesFilter(term, fields, read));
    case 'equals': {
      const values = comparable(filter, fields, read);
      return values.some((value) => filter.operands.some((operand) => equals(value, operand))) !== filter.negated;
    }
    case 'order':
      return comparable(filter, fields, read).some((value) => stands(value, filter.relation, filter.operand));
  }
}

function comparable(
  { field, key }: { readonly field: string; readonly key: string | null },
  fields: FilterFields,
  read: FieldReader,
): readonly (string | number)[] {
  const values = read(field, key);
  return fields[field]?.type === 'text' ? values.map((value) => fold(String(value))) : values;
}

function equals(value: string | number, operand: Operand): boolean {
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
