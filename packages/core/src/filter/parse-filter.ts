import type { FilterField, FilterFields, Operand } from './filter-field.ts';
import { readOperand } from './filter-field.ts';
import { MAX_FILTER_CHARACTERS, MAX_FILTER_COMPARISONS, MAX_FILTER_DEPTH, MAX_FILTER_VALUES } from './filter-limits.ts';
import type { FilterProblem } from './filter-problem.ts';
import { alternatives, FilterRefused } from './filter-problem.ts';
import type { FilterOperator } from './filter-scanner.ts';
import { FilterScanner } from './filter-scanner.ts';
import { nearestWord } from './nearest-word.ts';

/** What a filter asks of a row. A field may have any number of values: none where it is not set, many where it is keyed. */
export type Filter =
  | { readonly type: 'and' | 'or'; readonly terms: readonly Filter[] }
  /** Some value equals one of `operands`; `negated`: none does, which is also true of a row without a value. */
  | {
      readonly type: 'equals';
      readonly field: string;
      readonly key: string | null;
      readonly operands: readonly Operand[];
      readonly negated: boolean;
    }
  /** Some value stands in this relation to `operand`. */
  | {
      readonly type: 'order';
      readonly field: string;
      readonly key: string | null;
      readonly relation: OrderRelation;
      readonly operand: string | number;
    };
export type OrderRelation = '<' | '<=' | '>' | '>=';

export type ParsedFilter =
  | { readonly outcome: 'parsed'; readonly filter: Filter }
  | { readonly outcome: 'refused'; readonly problem: FilterProblem };

type Reading = { readonly scanner: FilterScanner; readonly fields: FilterFields; comparisons: number; values: number };

/**
 * Reads a filter over the given fields: RSQL (a superset of the IETF draft's FIQL, as hawkBit speaks it) with
 * `== != =lt= =le= =gt= =ge= =in= =out= < <= > >=`, `and` or `;`, `or` or `,`, parentheses, quotes, backslashes and stars.
 * Blank text is no filter: everything matches.
 */
export function parseFilter(text: string, fields: FilterFields): ParsedFilter {
  const reading: Reading = { scanner: new FilterScanner(text), fields, comparisons: 0, values: 0 };
  try {
    checkText(text);
    if (reading.scanner.atEnd()) return { outcome: 'parsed', filter: { type: 'and', terms: [] } };
    const filter = readOr(reading, 0);
    if (!reading.scanner.atEnd()) throw reading.scanner.refusal('expected `and`, `or` or the end');
    return { outcome: 'parsed', filter };
  } catch (error) {
    if (error instanceof FilterRefused) return { outcome: 'refused', problem: error.problem };
    throw error;
  }
}

function checkText(text: string): void {
  if (text.length > MAX_FILTER_CHARACTERS)
    throw new FilterRefused(MAX_FILTER_CHARACTERS, `a filter has at most ${MAX_FILTER_CHARACTERS} characters`);
  const nul = text.indexOf('\u0000');
  if (nul >= 0) throw new FilterRefused(nul, 'U+0000 is not allowed');
  if (!text.isWellFormed()) throw new FilterRefused(0, 'the text holds half a surrogate pair');
}

function readOr(reading: Reading, depth: number): Filter {
  const { scanner } = reading;
  const terms = [readAnd(reading, depth)];
  while (scanner.take(',') || scanner.takeWord('or')) terms.push(readAnd(reading, depth));
  return joined('or', terms);
}

function readAnd(reading: Reading, depth: number): Filter {
  const { scanner } = reading;
  const terms = [readTerm(reading, depth)];
  while (scanner.take(';') || scanner.takeWord('and')) terms.push(readTerm(reading, depth));
  return joined('and', terms);
}

function joined(type: 'and' | 'or', terms: readonly Filter[]): Filter {
  const [only, ...others] = terms;
  return only !== undefined && others.length === 0 ? only : { type, terms };
}

function readTerm(reading: Reading, depth: number): Filter {
  const { scanner } = reading;
  const at = scanner.at;
  if (!scanner.take('(')) return readComparison(reading);
  if (depth >= MAX_FILTER_DEPTH)
    throw new FilterRefused(at, `parentheses may stand in each other at most ${MAX_FILTER_DEPTH} deep`);
  const inner = readOr(reading, depth + 1);
  if (!scanner.take(')')) throw scanner.refusal('expected `and`, `or` or `)`');
  return inner;
}

function readComparison(reading: Reading): Filter {
  const { scanner } = reading;
  reading.comparisons += 1;
  if (reading.comparisons > MAX_FILTER_COMPARISONS)
    throw new FilterRefused(scanner.at, `a filter has at most ${MAX_FILTER_COMPARISONS} comparisons`);
  const selected = readField(reading);
  scanner.skipSpace();
  const operatorAt = scanner.at;
  const operator = scanner.operator();
  const operands = readOperands(reading, selected.declared, operator);
  const { field, key, declared } = selected;
  if (operator === '==' || operator === 'in') return { type: 'equals', field, key, operands, negated: false };
  if (operator === '!=' || operator === 'out') return { type: 'equals', field, key, operands, negated: true };
  const operand = operands[0];
  if (declared.type === 'word' || declared.type === 'flag' || declared.type === 'exact')
    throw new FilterRefused(
      operatorAt,
      `\`${field}\` has no order; use ${alternatives(['==', '!=', '=in=', '=out='])}`,
    );
  if (operand === undefined || typeof operand === 'object')
    throw new FilterRefused(operatorAt, 'a star has no place in an order; write `\\*` for the character');
  return { type: 'order', field, key, relation: operator, operand };
}

type Selected = { readonly field: string; readonly key: string | null; readonly declared: FilterField };

function readField({ scanner, fields }: Reading): Selected {
  const { at, name } = scanner.selector();
  if (Object.hasOwn(fields, name) && fields[name]?.keyed !== true)
    return { field: name, key: null, declared: fields[name] as FilterField };
  const dot = name.indexOf('.');
  const field = name.slice(0, Math.max(dot, 0));
  const declared = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (declared?.keyed === true && dot < name.length - 1) return { field, key: name.slice(dot + 1), declared };
  const known = Object.keys(fields).map((each) => (fields[each]?.keyed === true ? `${each}.KEY` : each));
  const near = nearestWord(name, known);
  const hint = near === undefined ? `there are ${alternatives(known)}` : `did you mean \`${near}\`?`;
  throw new FilterRefused(at, `there is no field \`${name}\`; ${hint}`);
}

function readOperands(reading: Reading, field: FilterField, operator: FilterOperator): readonly Operand[] {
  const { scanner } = reading;
  if (operator !== 'in' && operator !== 'out') return [readOne(reading, field)];
  if (!scanner.take('(')) throw scanner.refusal('expected `(` and the values of the list');
  const operands = [readOne(reading, field)];
  while (scanner.take(',')) operands.push(readOne(reading, field));
  if (!scanner.take(')')) throw scanner.refusal('expected `,` or `)`');
  return operands;
}

function readOne(reading: Reading, field: FilterField): Operand {
  const written = reading.scanner.value();
  reading.values += 1;
  if (reading.values > MAX_FILTER_VALUES)
    throw new FilterRefused(written.at, `a filter has at most ${MAX_FILTER_VALUES} values`);
  return readOperand(field, written);
}
