import type { FilterFields } from './filter-field.ts';
import { MAX_FILTER_CHARACTERS, MAX_FILTER_COMPARISONS, MAX_FILTER_DEPTH } from './filter-limits.ts';
import type { FilterMoment } from './filter-moment.ts';
import type { TextPattern } from './filter-operand.ts';
import type { FilterProblem } from './filter-problem.ts';
import { FilterRefused } from './filter-problem.ts';
import { FilterScanner } from './filter-scanner.ts';
import type { ComparisonReading } from './read-comparison.ts';
import { readComparison } from './read-comparison.ts';

/**
 * What a filter asks of a row. A field may have any number of values: none where it is not set, many where it is a set.
 * No terms: `and` is true of every row, `or` of none.
 */
export type FilterOf<Value> =
  | { readonly type: 'and' | 'or'; readonly terms: readonly FilterOf<Value>[] }
  | FilterComparison<Value>;

export type FilterComparison<Value> =
  /** Some value equals one of `operands`. `negated`: none does, also of a row without a value (but see `keyed`). */
  | {
      readonly type: 'equals';
      readonly field: string;
      readonly key: string | null;
      readonly operands: readonly (Value | TextPattern)[];
      readonly negated: boolean;
    }
  /** There is no value; `negated`: there is one. */
  | { readonly type: 'missing'; readonly field: string; readonly key: string | null; readonly negated: boolean }
  /** Some value stands in this relation to `operand`. */
  | {
      readonly type: 'order';
      readonly field: string;
      readonly key: string | null;
      readonly relation: OrderRelation;
      readonly operand: Value;
    };
export type OrderRelation = '<' | '<=' | '>' | '>=';

/** A filter as it was written: a rule, the same today and tomorrow. */
export type Filter = FilterOf<string | number | FilterMoment>;
/** A filter at one time: `settleFilter` makes it. */
export type SettledFilter = FilterOf<string | number>;

export type ParsedFilter =
  | { readonly outcome: 'parsed'; readonly filter: Filter }
  | { readonly outcome: 'refused'; readonly problem: FilterProblem };

type Reading = ComparisonReading & { comparisons: number };

/**
 * Reads a filter over the given fields: RSQL (a superset of the IETF draft's FIQL, as hawkBit speaks it) with
 * `== != =lt= =le= =gt= =ge= =in= =out= =is= =not= =eq= =ne= < <= > >=`, `and` or `;`, `or` or `,`, parentheses, quotes,
 * backslashes, stars and placeholders. Blank text is no filter: everything matches.
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
  if (!scanner.take('(')) return nextComparison(reading);
  if (depth >= MAX_FILTER_DEPTH)
    throw new FilterRefused(at, `parentheses may stand in each other at most ${MAX_FILTER_DEPTH} deep`);
  const inner = readOr(reading, depth + 1);
  if (!scanner.take(')')) throw scanner.refusal('expected `and`, `or` or `)`');
  return inner;
}

function nextComparison(reading: Reading): Filter {
  reading.comparisons += 1;
  if (reading.comparisons > MAX_FILTER_COMPARISONS)
    throw new FilterRefused(reading.scanner.at, `a filter has at most ${MAX_FILTER_COMPARISONS} comparisons`);
  return readComparison(reading);
}
