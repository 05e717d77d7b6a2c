import { dayRules, type DayRule } from './cron-day.ts';
import { valuesOf, type CronField } from './cron-field.ts';
import { CronRefused, type CronProblem, type CronWord } from './cron-problem.ts';

/** A cron expression that was read: when it fires, in local time. Values ascend. */
export type Cron = {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: readonly DayRule[];
  readonly months: readonly number[];
  /** null: every year. */
  readonly years: readonly number[] | null;
};

export type CronReading = { readonly cron: Cron } | { readonly problem: CronProblem };

/** hawkBit's limit of a schedule. */
export const MAX_CRON_CHARACTERS = 128;

const SECOND: CronField = { name: 'seconds', least: 0, most: 59, names: [], wraps: true };
const MINUTE: CronField = { name: 'minutes', least: 0, most: 59, names: [], wraps: true };
const HOUR: CronField = { name: 'hours', least: 0, most: 23, names: [], wraps: true };
const MONTH: CronField = {
  name: 'months',
  least: 1,
  most: 12,
  names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
  wraps: true,
};
const YEAR: CronField = { name: 'years', least: 1970, most: 2099, names: [], wraps: false };

const FIELDS = 'six or seven fields: seconds minutes hours day-of-month month day-of-week [year]';

/**
 * Reads a cron expression as Quartz writes it: seconds, minutes, hours, day of the month, month, day of the week
 * (1 or SUN to 7 or SAT), and optionally a year; lists, ranges that may run over their end, steps, names, `?`, `L`, `W`, `#`.
 */
export function parseCron(text: string): CronReading {
  try {
    return { cron: readCron(text) };
  } catch (cause) {
    if (cause instanceof CronRefused) return { problem: cause.problem };
    throw cause;
  }
}

function readCron(text: string): Cron {
  if (text.length > MAX_CRON_CHARACTERS) {
    const found = text.slice(MAX_CRON_CHARACTERS);
    throw new CronRefused({ text: found, at: MAX_CRON_CHARACTERS }, `at most ${MAX_CRON_CHARACTERS} characters`);
  }
  const words: readonly CronWord[] = [...text.matchAll(/\S+/g)].map((match) => ({ text: match[0], at: match.index }));
  const [second, minute, hour, ofMonth, month, ofWeek, year, more] = words;
  if (second === undefined || minute === undefined || hour === undefined || more !== undefined)
    throw new CronRefused(more ?? { text, at: 0 }, FIELDS);
  if (ofMonth === undefined || month === undefined || ofWeek === undefined)
    throw new CronRefused({ text, at: 0 }, FIELDS);
  return {
    seconds: valuesOf(SECOND, second),
    minutes: valuesOf(MINUTE, minute),
    hours: valuesOf(HOUR, hour),
    days: dayRules(ofMonth, ofWeek),
    months: valuesOf(MONTH, month),
    years: year === undefined || year.text === '*' ? null : valuesOf(YEAR, year),
  };
}
