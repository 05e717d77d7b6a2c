import { fold } from '../fold.ts';
import type { FilterField } from './filter-field.ts';
import type { FilterMoment } from './filter-moment.ts';
import { holdsPlaceholder, readMoment, unescapePlaceholders } from './filter-moment.ts';
import { alternatives, FilterRefused } from './filter-problem.ts';
import type { WrittenText } from './filter-scanner.ts';
import { nearestWord } from './nearest-word.ts';

/** A text with stars: its folded parts, which stand in this order with anything between. */
export type TextPattern = { readonly parts: readonly string[] };
export type Operand = string | number | TextPattern | FilterMoment;

const MAX_INSTANT_MS = 8_640_000_000_000_000;

/** A value as its field compares it. Throws FilterRefused where it is none. */
export function readOperand(field: FilterField, written: WrittenText): Operand {
  const text = written.parts.join('*');
  switch (field.type) {
    case 'text':
      return readPattern(written, fold) ?? readText(written, text);
    case 'path':
      return readPattern(written, fold, pathPattern) ?? pathFold(text);
    case 'exact':
      return text;
    case 'number':
      return (
        settled(written, readMoment(text, 'number')) ??
        readNumber(text) ??
        refuse(written, 'expected a whole number, or a placeholder such as `${NOW_TS}`')
      );
    case 'instant':
      return settled(written, readMoment(text, 'instant')) ?? readInstant(text) ?? refuse(written, EXPECTED_TIME);
    case 'flag':
      return readFlag(text) ?? refuse(written, 'expected `true` or `false`');
    case 'word':
      return readWord(written, text, field);
  }
}

const EXPECTED_TIME =
  'expected a time such as `2026-01-31T12:00:00Z`, a date, epoch ms, a duration from now such as `-P7D`, or `${NOW}`';

function refuse(written: WrittenText, message: string, about?: 'field'): never {
  throw new FilterRefused(written.at, message, about);
}

function settled(written: WrittenText, moment: FilterMoment | 'wrong' | null): FilterMoment | null {
  if (moment === 'wrong') return refuse(written, 'expected an ISO 8601 duration of at most 100 years, such as `-P7D`');
  return moment;
}

function readText(written: WrittenText, text: string): string | FilterMoment {
  const moment = settled(written, readMoment(text, 'text'));
  if (moment !== null) return moment;
  if (holdsPlaceholder(text)) refuse(written, 'a placeholder stands alone; write `$${` for the characters `${`');
  return fold(unescapePlaceholders(text));
}

function readPattern(
  { parts }: WrittenText,
  each: (part: string) => string,
  shape: (parts: readonly string[]) => readonly string[] = (same) => same,
): TextPattern | null {
  return parts.length === 1 ? null : { parts: shape(parts.map(each)) };
}

/**
 * A path as it is compared: folded, a slash before and behind, so that `/plant/*` is what lies in the plant or below,
 * and `/plant1` is not below `/plant`. Empty where the path is.
 */
export function pathFold(path: string): string {
  const inner = path.replace(/^\//, '').replace(/\/$/, '');
  return inner === '' ? '' : `/${fold(inner)}/`;
}

function pathPattern(parts: readonly string[]): readonly string[] {
  return parts.map((part, at) => {
    const begun = at === 0 && part !== '' && !part.startsWith('/') ? `/${part}` : part;
    return at === parts.length - 1 && begun !== '' && !begun.endsWith('/') ? `${begun}/` : begun;
  });
}

function readNumber(text: string): number | null {
  const number = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? number : null;
}

function readFlag(text: string): number | null {
  const word = text.toLowerCase();
  if (word === 'true') return 1;
  return word === 'false' ? 0 : null;
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

function readWord(written: WrittenText, text: string, field: FilterField & { readonly type: 'word' }): string {
  const { words, means = {} } = field;
  const word = words.find((each) => each === text.toLowerCase());
  if (word !== undefined) return means[word] ?? word;
  const near = nearestWord(text, words);
  return refuse(
    written,
    `expected ${alternatives(words)}${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
    'field',
  );
}
