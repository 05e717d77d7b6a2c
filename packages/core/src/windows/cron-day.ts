import { expectation, valueOf, valuesOf, type CronField } from './cron-field.ts';
import { CronRefused, splitWord, type CronWord } from './cron-problem.ts';

/** Which days of a month a cron expression means. Weekdays are ISO's: 1 Monday to 7 Sunday. */
export type DayRule =
  | { readonly kind: 'every' }
  | { readonly kind: 'day'; readonly day: number }
  /** `15W`: the weekday, Monday to Friday, that is nearest to the day and in its month. */
  | { readonly kind: 'nearest-workday'; readonly day: number }
  /** `L`, `L-3`, `LW`: so many days before the month's last one; `workday`: the weekday nearest to it. */
  | { readonly kind: 'from-last'; readonly daysBefore: number; readonly workday: boolean }
  | { readonly kind: 'weekday'; readonly weekday: number }
  | { readonly kind: 'last-weekday'; readonly weekday: number }
  | { readonly kind: 'nth-weekday'; readonly weekday: number; readonly nth: number };

/** What a day rule reads of a month: its length, and the ISO weekday of its first day. */
export type MonthShape = { readonly length: number; readonly firstWeekday: number };

const DAY_OF_MONTH: CronField = { name: 'days of the month', least: 1, most: 31, names: [], wraps: true };
/** Quartz counts 1 Sunday to 7 Saturday. */
const DAY_OF_WEEK: CronField = {
  name: 'days of the week',
  least: 1,
  most: 7,
  names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
  wraps: true,
};
const SATURDAY = 6;
const SUNDAY = 7;
const MAX_DAYS_BEFORE_LAST = 30;

/**
 * The rules of the two day fields. Exactly one of them is `?`, as Quartz has it: whether two would mean "and" or "or"
 * differs between crons.
 */
export function dayRules(ofMonth: CronWord, ofWeek: CronWord): readonly DayRule[] {
  if ((ofMonth.text === '?') === (ofWeek.text === '?'))
    throw new CronRefused(ofWeek, '? in exactly one of the two day fields');
  const given = ofMonth.text === '?' ? ofWeek : ofMonth;
  if (given.text === '*') return [{ kind: 'every' }];
  return splitWord(given, ',').flatMap(given === ofWeek ? weekDayRules : monthDayRules);
}

/** Whether one of the rules means this day of the month. */
export function meansDay(rules: readonly DayRule[], day: number, month: MonthShape): boolean {
  return rules.some((rule) => fallsOn(rule, day, month));
}

function monthDayRules(word: CronWord): readonly DayRule[] {
  const last = /^L(?:-(\d{1,2}))?(W)?$/i.exec(word.text);
  if (last !== null) {
    const daysBefore = Number(last[1] ?? 0);
    if (daysBefore > MAX_DAYS_BEFORE_LAST) throw new CronRefused(word, `L-0 to L-${MAX_DAYS_BEFORE_LAST}`);
    return [{ kind: 'from-last', daysBefore, workday: last[2] !== undefined }];
  }
  if (/W$/i.test(word.text)) {
    return [{ kind: 'nearest-workday', day: valueOf(DAY_OF_MONTH, { ...word, text: word.text.slice(0, -1) }) }];
  }
  return valuesOf(DAY_OF_MONTH, word).map((day) => ({ kind: 'day', day }));
}

function weekDayRules(word: CronWord): readonly DayRule[] {
  if (/^L$/i.test(word.text)) return [{ kind: 'weekday', weekday: SATURDAY }];
  const [day, nth, ...more] = splitWord(word, '#');
  if (day !== undefined && nth !== undefined) {
    if (more.length > 0 || !/^[1-5]$/.test(nth.text)) throw new CronRefused(nth, 'a number from 1 to 5 after #');
    return [{ kind: 'nth-weekday', weekday: isoWeekday(valueOf(DAY_OF_WEEK, day)), nth: Number(nth.text) }];
  }
  if (/.L$/i.test(word.text)) {
    const weekday = isoWeekday(valueOf(DAY_OF_WEEK, { ...word, text: word.text.slice(0, -1) }));
    return [{ kind: 'last-weekday', weekday }];
  }
  if (word.text === '') throw new CronRefused(word, expectation(DAY_OF_WEEK));
  return valuesOf(DAY_OF_WEEK, word).map((value) => ({ kind: 'weekday', weekday: isoWeekday(value) }));
}

function isoWeekday(quartz: number): number {
  return quartz === 1 ? SUNDAY : quartz - 1;
}

function fallsOn(rule: DayRule, day: number, month: MonthShape): boolean {
  switch (rule.kind) {
    case 'every':
      return true;
    case 'day':
      return rule.day === day;
    case 'nearest-workday':
      return rule.day <= month.length && nearestWorkday(rule.day, month) === day;
    case 'from-last':
      return lastLess(rule.daysBefore, rule.workday, month) === day;
    case 'weekday':
      return weekdayOf(day, month) === rule.weekday;
    case 'last-weekday':
      return weekdayOf(day, month) === rule.weekday && day + 7 > month.length;
    case 'nth-weekday':
      return weekdayOf(day, month) === rule.weekday && Math.ceil(day / 7) === rule.nth;
  }
}

function lastLess(daysBefore: number, workday: boolean, month: MonthShape): number | null {
  const day = month.length - daysBefore;
  if (day < 1) return null;
  return workday ? nearestWorkday(day, month) : day;
}

function nearestWorkday(day: number, month: MonthShape): number {
  const weekday = weekdayOf(day, month);
  if (weekday === SATURDAY) return day === 1 ? day + 2 : day - 1;
  if (weekday === SUNDAY) return day === month.length ? day - 2 : day + 1;
  return day;
}

function weekdayOf(day: number, month: MonthShape): number {
  return ((month.firstWeekday - 1 + day - 1) % 7) + 1;
}
