import type { FilterField, FilterFields } from './filter-field.ts';
import type { FilterMoment } from './filter-moment.ts';
import type { Operand } from './filter-operand.ts';
import type { Filter } from './parse-filter.ts';

/**
 * The text of a filter under the names of its own fields: `parseFilter` reads the same filter from it. What came in under
 * another API's names is kept so.
 */
export function writeFilter(filter: Filter, fields: FilterFields): string {
  if ('terms' in filter) {
    const terms = filter.terms.map((term) =>
      'terms' in term ? `(${writeFilter(term, fields)})` : writeFilter(term, fields),
    );
    return terms.join(filter.type === 'and' ? ';' : ',');
  }
  const field = fields[filter.field];
  if (field === undefined) throw new Error(`the filter was parsed with other fields: there is no "${filter.field}"`);
  const name = filter.key === null ? filter.field : `${filter.field}.${quoted(escaped(filter.key))}`;
  const write = (operand: Operand) => writeOperand(operand, field);
  switch (filter.type) {
    case 'missing':
      return `${name}${filter.negated ? '=not=' : '=is='}null`;
    case 'order':
      return `${name}${filter.relation}${write(filter.operand)}`;
    case 'equals': {
      const [only, ...others] = filter.operands;
      if (only !== undefined && others.length === 0) return `${name}${filter.negated ? '!=' : '=='}${write(only)}`;
      return `${name}${filter.negated ? '=out=' : '=in='}(${filter.operands.map(write).join(',')})`;
    }
  }
}

function writeOperand(operand: Operand, field: FilterField): string {
  if (typeof operand === 'number')
    return field.type === 'flag' ? (operand === 1 ? 'true' : 'false') : quoted(String(operand));
  // What begins as a placeholder is meant as text; beside a star it is read as text in any case.
  if (typeof operand === 'string')
    return quoted(escaped(field.type === 'text' ? operand.replaceAll('${', () => '$${') : operand));
  return quoted('parts' in operand ? operand.parts.map(escaped).join('*') : momentText(operand));
}

function momentText({ moment, by, as }: FilterMoment): string {
  const name = moment === 'overdue' ? 'OVERDUE_TS' : as === 'time' ? 'NOW' : 'NOW_TS';
  return `\${${name}${/^P/i.test(by) ? '+' : ''}${by}}`;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\"*]/g, String.raw`\$&`);
}

function quoted(text: string): string {
  return `"${text}"`;
}
