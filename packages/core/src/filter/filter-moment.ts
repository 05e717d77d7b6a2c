import { MAX_FILTER_DURATION_YEARS } from './filter-limits.ts';

/** What moves with the clock: a saved filter keeps it as it is, and each evaluation puts in its own time. */
export type FilterMoment = {
  readonly moment: 'now' | 'overdue';
  /** ISO 8601 duration, with its sign, that is added; empty: none. */
  readonly by: string;
  /** What is compared: epoch ms, epoch ms in decimal digits, or RFC 3339 in UTC to the second. */
  readonly as: 'number' | 'digits' | 'time';
};

/** The time of one evaluation, epoch ms. Devices whose last contact lies before `overdueAt` are overdue. */
export type FilterMoments = { readonly now: number; readonly overdueAt: number };

const PLACEHOLDER = /^\$\{(NOW|NOW_TS|OVERDUE_TS)([+-]P[^}]*)?\}$/i;
const DURATION = /^[+-]?P/i;
const EPOCH_YEAR = 1970;

/**
 * Reads `${NOW}`, `${NOW_TS}`, `${OVERDUE_TS}` (hawkBit's: now − poll interval − overdue allowance), perhaps with a
 * duration as in `${NOW-P7D}`, and for an instant a duration alone. Null where the text is none of them; `wrong` where
 * its duration cannot be read.
 */
export function readMoment(text: string, type: 'instant' | 'number' | 'text'): FilterMoment | 'wrong' | null {
  const found = PLACEHOLDER.exec(text);
  if (found === null) {
    if (type !== 'instant' || !DURATION.test(text)) return null;
    return isDuration(text) ? { moment: 'now', by: text, as: 'number' } : 'wrong';
  }
  const [, name = '', by = ''] = found;
  if (by !== '' && !isDuration(by)) return 'wrong';
  const as = type === 'text' ? (name.toUpperCase() === 'NOW' ? 'time' : 'digits') : 'number';
  return { moment: name.toUpperCase() === 'OVERDUE_TS' ? 'overdue' : 'now', by, as };
}

/** `$${NOW}` is the text `${NOW}`. */
export function unescapePlaceholders(text: string): string {
  return text.replaceAll('$${', '${');
}

/** Whether a placeholder stands inside a longer text, where it would never be replaced. */
export function holdsPlaceholder(text: string): boolean {
  return /(?<!\$)\$\{(NOW|NOW_TS|OVERDUE_TS)([+-][^}]*)?\}/i.test(text);
}

/** What a moment is at the time of an evaluation. */
export function momentAt({ moment, by, as }: FilterMoment, { now, overdueAt }: FilterMoments): number | string {
  const from = moment === 'now' ? now : overdueAt;
  const at = by === '' ? from : plus(from, by);
  if (as === 'number') return at;
  return as === 'digits' ? String(at) : `${new Date(at).toISOString().slice(0, -5)}Z`.toLowerCase();
}

function plus(from: number, by: string): number {
  const utc = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO('UTC');
  return utc.add(Temporal.Duration.from(by)).epochMilliseconds;
}

function isDuration(text: string): boolean {
  try {
    const years = new Date(plus(0, text)).getUTCFullYear() - EPOCH_YEAR;
    return Math.abs(years) <= MAX_FILTER_DURATION_YEARS;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
