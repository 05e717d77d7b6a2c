import { CronRefused, splitWord, type CronWord } from './cron-problem.ts';

/** One field of a cron expression: what it counts, from where to where, and the names that stand for numbers. */
export type CronField = {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** In order, the first for `least`. */
  readonly names: readonly string[];
  /** Whether a range may run over its end (`22-2`, `FRI-MON`), as Quartz has it. */
  readonly wraps: boolean;
};

/** The values of a field such as `0/15`, `MON-FRI`, `1,3,5-9/2` or `*`, ascending and each once. */
export function valuesOf(field: CronField, word: CronWord): readonly number[] {
  if (word.text === '*') return climb(field.least, field.most, 1);
  if (/^\d+$/.test(word.text)) return [valueOf(field, word)];
  const values = splitWord(word, ',').flatMap((item) => itemValues(field, item));
  return [...new Set(values)].toSorted((one, other) => one - other);
}

/** The number that a value of the field stands for, a name included. */
export function valueOf(field: CronField, word: CronWord): number {
  const named = field.names.indexOf(word.text.toUpperCase());
  if (named >= 0) return field.least + named;
  const value = /^\d{1,4}$/.test(word.text) ? Number(word.text) : Number.NaN;
  if (value >= field.least && value <= field.most) return value;
  throw new CronRefused(word, expectation(field));
}

/** "hours from 0 to 23" */
export function expectation(field: CronField): string {
  const names = field.names.length === 0 ? '' : ` or ${field.names[0]} to ${field.names.at(-1)}`;
  return `${field.name} from ${field.least} to ${field.most}${names}`;
}

function itemValues(field: CronField, item: CronWord): readonly number[] {
  const [span, step, ...more] = splitWord(item, '/');
  if (span === undefined || more.length > 0) throw new CronRefused(item, 'one / with a step after it');
  const every = step === undefined ? 1 : stepOf(field, step);
  if (span.text === '*' || (span.text === '' && step !== undefined)) return climb(field.least, field.most, every);
  const [from, to, ...rest] = splitWord(span, '-');
  if (from === undefined || rest.length > 0) throw new CronRefused(span, `one range of ${expectation(field)}`);
  const first = valueOf(field, from);
  if (to !== undefined) return rangeValues(field, { first, last: valueOf(field, to), every, word: span });
  return step === undefined ? [first] : climb(first, field.most, every);
}

function stepOf(field: CronField, word: CronWord): number {
  const step = /^\d{1,4}$/.test(word.text) ? Number(word.text) : 0;
  const most = field.most - field.least;
  if (step >= 1 && step <= most) return step;
  throw new CronRefused(word, `a step from 1 to ${most}`);
}

type Range = { readonly first: number; readonly last: number; readonly every: number; readonly word: CronWord };

function rangeValues(field: CronField, { first, last, every, word }: Range): readonly number[] {
  if (first <= last) return climb(first, last, every);
  if (!field.wraps) throw new CronRefused(word, 'a range whose end is not before its begin');
  const size = field.most - field.least + 1;
  return climb(first, last + size, every).map((value) => (value > field.most ? value - size : value));
}

function climb(first: number, last: number, every: number): readonly number[] {
  return Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, index) => first + index * every);
}
