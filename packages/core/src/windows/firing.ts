import { meansDay, type MonthShape } from './cron-day.ts';
import type { Cron } from './cron.ts';

/**
 * How far ahead a firing is looked for; a cron that does not fire by then never does. The rarest that still fires is a
 * 29 February on one weekday over a century without a leap year: 40 years.
 */
export const CRON_HORIZON_YEARS = 40;

/** 1: the first firing at or after a moment; -1: the last one at or before it. */
export type Towards = 1 | -1;

/** The firing nearest to `from`, which counts itself, within so many months; null: none. Local time, whole seconds. */
export function firingNear(
  cron: Cron,
  from: Temporal.PlainDateTime,
  { towards, months }: { readonly towards: Towards; readonly months: number },
): Temporal.PlainDateTime | null {
  const date = from.toPlainDate();
  const search = { cron, towards, months };
  const day = dayNear(search, date);
  if (day === null) return null;
  if (day.equals(date)) {
    const time = timeNear(timesOf(cron, towards), [from.hour, from.minute, from.second], towards);
    if (time !== null) return at(day, time);
  }
  const other = day.equals(date) ? dayNear(search, date.add({ days: towards })) : day;
  return other === null ? null : at(other, extremeOf(timesOf(cron, towards)));
}

type DaySearch = { readonly cron: Cron; readonly towards: Towards; readonly months: number };

/** The nearest day on which the cron fires at all. */
function dayNear({ cron, towards, months }: DaySearch, from: Temporal.PlainDate): Temporal.PlainDate | null {
  for (let index = 0; index <= months; index += 1) {
    const monthsOn = from.year * 12 + from.month - 1 + towards * index;
    const [year, month] = [Math.floor(monthsOn / 12), (monthsOn % 12) + 1];
    if (!cron.months.includes(month) || (cron.years !== null && !cron.years.includes(year))) continue;
    const first = new Temporal.PlainDate(year, month, 1);
    const shape = { length: first.daysInMonth, firstWeekday: first.dayOfWeek };
    const begin = index === 0 ? from.day : towards === 1 ? 1 : shape.length;
    const day = dayInMonth(cron, shape, { begin, towards });
    if (day !== null) return new Temporal.PlainDate(year, month, day);
  }
  return null;
}

function dayInMonth(
  cron: Cron,
  month: MonthShape,
  { begin, towards }: { readonly begin: number; readonly towards: Towards },
): number | null {
  for (let day = begin; day >= 1 && day <= month.length; day += towards) {
    if (meansDay(cron.days, day, month)) return day;
  }
  return null;
}

/** The values of hour, minute and second, in the order in which the search meets them. */
function timesOf({ hours, minutes, seconds }: Cron, towards: Towards): readonly (readonly number[])[] {
  const lists = [hours, minutes, seconds];
  return towards === 1 ? lists : lists.map((list) => list.toReversed());
}

/** The nearest time of a day, digit by digit: keep this one if the smaller ones still fit, else move it on and begin anew. */
function timeNear(
  [list, ...smaller]: readonly (readonly number[])[],
  [digit, ...rest]: readonly number[],
  towards: Towards,
): readonly number[] | null {
  if (list === undefined || digit === undefined) return [];
  if (list.includes(digit)) {
    const tail = timeNear(smaller, rest, towards);
    if (tail !== null) return [digit, ...tail];
  }
  const moved = list.find((value) => towards * value > towards * digit);
  return moved === undefined ? null : [moved, ...extremeOf(smaller)];
}

function extremeOf(lists: readonly (readonly number[])[]): readonly number[] {
  return lists.map(([nearest = 0]) => nearest);
}

function at(date: Temporal.PlainDate, [hour, minute, second]: readonly number[]): Temporal.PlainDateTime {
  return new Temporal.PlainDateTime(date.year, date.month, date.day, hour, minute, second);
}
