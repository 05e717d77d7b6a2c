import { fold } from '../fold.ts';
import { alternatives, FilterRefused } from './filter-problem.ts';
import type { WrittenText } from './filter-scanner.ts';
import { nearestWord } from './nearest-word.ts';

/**
 * What a filter may compare. `text` by its fold, with stars; `exact` as it is written (an id); `word` one of a few;
 * `flag` true or false, held as 1 or 0; `instant` epoch ms, written as RFC 3339, as a date (its first moment in UTC) or
 * as epoch ms. A `keyed` field is written `name.KEY` and has any number of values.
 */
export type FilterField = { readonly keyed?: true } & (
  | { readonly type: 'text' | 'exact' | 'number' | 'instant' | 'flag' }
  | { readonly type: 'word'; readonly words: readonly string[] }
);
export type FilterFields = Readonly<Record<string, FilterField>>;

/** A text with stars: its folded parts, which stand in this order with anything between. */
export type TextPattern = { readonly parts: readonly string[] };
export type Operand = string | number | TextPattern;

const MAX_INSTANT_MS = 8_640_000_000_000_000;

/** A value as its field compares it. Throws FilterRefused where it is none. */
export function readOperand(field: FilterField, written: WrittenText): Operand {
  if (field.type === 'text' && written.parts.length > 1) return { parts: written.parts.map(fold) };
  const text = written.parts.join('*');
  switch (field.type) {
    case 'text':
      return fold(text);
    case 'exact':
      return text;
    case 'number':
      return readNumber(text) ?? refuse(written, 'expected a whole number');
    case 'instant':
      return (
        readInstant(text) ?? refuse(written, 'expected a time such as `2026-01-31T12:00:00Z`, a date, or epoch ms')
      );
    case 'flag':
      return readFlag(text) ?? refuse(written, 'expected `true` or `false`');
    case 'word':
      return field.words.includes(text) ? text : refuse(written, expectedWord(text, field.words));
  }
}

function refuse(written: WrittenText, message: string): never {
  throw new FilterRefused(written.at, message);
}

function readNumber(text: string): number | null {
  const number = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? number : null;
}

function readFlag(text: string): number | null {
  if (text === 'true') return 1;
  return text === 'false' ? 0 : null;
}

function readInstant(text: string): number | null {
  const number = readNumber(text);
  if (number !== null) return Math.abs(number) <= MAX_INSTANT_MS ? number : null;
  const date = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text;
  // Temporal also reads annotations and fractions of a nanosecond, which nobody means here.
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/.test(date)) return null;
  try {
    return Temporal.Instant.from(date).epochMilliseconds;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function expectedWord(text: string, words: readonly string[]): string {
  const near = nearestWord(text, words);
  return `expected ${alternatives(words)}${near === undefined ? '' : `; did you mean \`${near}\`?`}`;
}
