import type { FilterField, FilterFields, SelectedField } from './filter-field.ts';
import { isEmptyNothing, selectField } from './filter-field.ts';
import { MAX_FILTER_VALUES } from './filter-limits.ts';
import type { FilterMoment } from './filter-moment.ts';
import type { Operand, TextPattern } from './filter-operand.ts';
import { readOperand } from './filter-operand.ts';
import { alternatives, FilterRefused } from './filter-problem.ts';
import type { FilterScanner, WrittenText } from './filter-scanner.ts';
import type { FilterComparison, OrderRelation } from './parse-filter.ts';

export type ComparisonReading = { readonly scanner: FilterScanner; readonly fields: FilterFields; values: number };

type Comparison = FilterComparison<string | number | FilterMoment>;

/** Reads `field operator value`. Throws FilterRefused where it is none. */
export function readComparison(reading: ComparisonReading): Comparison {
  const { scanner, fields } = reading;
  const { at, name } = scanner.selector();
  scanner.skipSpace();
  const operatorAt = scanner.at;
  const operator = scanner.operator();
  const selected = selectField(fields, name, at);
  switch (operator) {
    case '==':
    case '!=':
      return equality(selected, [readOne(reading, selected.declared)], operator === '!=');
    case 'in':
    case 'out':
      return equality(selected, readList(reading, selected.declared), operator === 'out');
    case 'is':
    case 'not':
      return readIs(reading, selected, operator === 'not');
    case '<':
    case '<=':
    case '>':
    case '>=':
      refuseOrder(selected.declared, name, operatorAt);
      return order(selected, operator, { operand: readOne(reading, selected.declared), operatorAt });
  }
}

function equality({ field, key }: SelectedField, operands: readonly Operand[], negated: boolean): Comparison {
  return { type: 'equals', field, key, operands, negated };
}

/** `=is=` is `==` but for the bare word `null`, and nothing is what an empty text is. */
function readIs(reading: ComparisonReading, selected: SelectedField, negated: boolean): Comparison {
  const written = nextValue(reading);
  if (!isNull(written)) return equality(selected, [readOperand(selected.declared, written)], negated);
  const { field, key, declared } = selected;
  if (isEmptyNothing(declared)) return equality(selected, [''], negated);
  return { type: 'missing', field, key, negated };
}

function isNull({ parts, quoted }: WrittenText): boolean {
  return !quoted && parts.length === 1 && parts[0]?.toLowerCase() === 'null';
}

function refuseOrder(declared: FilterField, name: string, at: number): void {
  if (declared.type !== 'word' && declared.type !== 'flag' && declared.type !== 'exact') return;
  throw new FilterRefused(at, `\`${name}\` has no order; use ${alternatives(['==', '!=', '=in=', '=out='])}`);
}

function order(
  { field, key }: SelectedField,
  relation: OrderRelation,
  { operand, operatorAt }: { readonly operand: Operand; readonly operatorAt: number },
): Comparison {
  if (isPattern(operand))
    throw new FilterRefused(operatorAt, 'a star has no place in an order; write `\\*` for the character');
  return { type: 'order', field, key, relation, operand };
}

function isPattern(operand: Operand): operand is TextPattern {
  return typeof operand === 'object' && 'parts' in operand;
}

function readList(reading: ComparisonReading, declared: FilterField): readonly Operand[] {
  const { scanner } = reading;
  if (!scanner.take('(')) throw scanner.refusal('expected `(` and the values of the list');
  const operands = [readOperand(declared, verbatim(nextValue(reading)))];
  while (scanner.take(',')) operands.push(readOperand(declared, verbatim(nextValue(reading))));
  if (!scanner.take(')')) throw scanner.refusal('expected `,` or `)`');
  return operands;
}

/** A star in a list is a star. */
function verbatim(written: WrittenText): WrittenText {
  return { ...written, parts: [written.parts.join('*')] };
}

function readOne(reading: ComparisonReading, declared: FilterField): Operand {
  return readOperand(declared, nextValue(reading));
}

function nextValue(reading: ComparisonReading): WrittenText {
  const written = reading.scanner.value();
  reading.values += 1;
  if (reading.values > MAX_FILTER_VALUES)
    throw new FilterRefused(written.at, `a filter has at most ${MAX_FILTER_VALUES} values`);
  return written;
}
