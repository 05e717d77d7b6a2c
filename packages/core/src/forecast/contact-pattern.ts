import type { ContactPattern, PastDays } from './forecast-input.ts';
import { fractionOfPair } from './random.ts';
import type { Span } from './span.ts';

const HOUR_MS = 3_600_000;
const HOURS_PER_DAY = 24;
const DAYS_PER_WEEK = 7;
/** 1970-01-01 was a Thursday. */
const FIRST_SATURDAY = 2;
const WEEKEND_DAYS = 2;
const WHOLE_DAY = 2 ** HOURS_PER_DAY - 1;
/** How far it is looked for the next hour of contact. */
const MAX_HOURS = 60 * HOURS_PER_DAY;
/** What devices of like habits did on other days counts as much as so many days of its own: a few days show too much of chance. */
const DAYS_OF_OTHERS = 4;

/** The first span of contact that ends after `from`; null: none in sight. `salt` chooses which past days come again. */
export function nextOnline(pattern: ContactPattern, salt: number, { from: at, to: horizon }: Span): Span | null {
  if (isAlwaysOnline(pattern)) return at < horizon ? { from: at, to: horizon } : null;
  const isThere = memory((day) => maskOn(pattern, salt, day));
  const first = Math.floor(at / HOUR_MS);
  const last = Math.min(first + MAX_HOURS, Math.ceil(horizon / HOUR_MS));
  let hour = first;
  while (hour < last && !isThere(hour)) hour += 1;
  if (hour >= last) return null;
  let end = hour + 1;
  while (end < last && isThere(end)) end += 1;
  return { from: Math.max(at, hour * HOUR_MS), to: end * HOUR_MS };
}

/** Whether the bit of an hour (since 1970) is set; asks for the mask of a day once, as long as hours come in their order. */
function memory(maskOf: (day: number) => number): (hour: number) => boolean {
  let [known, mask] = [-1, 0];
  return (hour) => {
    const day = Math.floor(hour / HOURS_PER_DAY);
    if (day !== known) [known, mask] = [day, maskOf(day)];
    return (mask >>> (hour % HOURS_PER_DAY)) % 2 === 1;
  };
}

/** The hours of a day to come: as on one of the device's past days, or on one of others like it. */
function maskOn({ own, others }: ContactPattern, salt: number, day: number): number {
  const chance = fractionOfPair(salt, day);
  const ownShare = others.length === 0 ? 1 : own.length / (own.length + DAYS_OF_OTHERS);
  return chance < ownShare
    ? maskLike(own, day, chance / ownShare)
    : maskLike(others, day, (chance - ownShare) / (1 - ownShare));
}

export function isAlwaysOnline({ own }: ContactPattern): boolean {
  return own.every(({ mask }) => mask === WHOLE_DAY);
}

export function isNeverOnline({ own, lastContactAt }: ContactPattern): boolean {
  return lastContactAt === null || (own.length > 0 && own.every(({ mask }) => mask === 0));
}

/** Some past day of the same kind, working day or weekend, or of any where none of that kind is known. */
function maskLike(days: PastDays, day: number, fraction: number): number {
  const place = Math.floor(fraction * days.length);
  const wanted = isWeekend(day);
  for (let tries = 0; tries < days.length; tries += 1) {
    const past = days[(place + tries) % days.length];
    if (past !== undefined && isWeekend(past.day) === wanted) return past.mask;
  }
  return days[place]?.mask ?? 0;
}

function isWeekend(day: number): boolean {
  return (((day - FIRST_SATURDAY) % DAYS_PER_WEEK) + DAYS_PER_WEEK) % DAYS_PER_WEEK < WEEKEND_DAYS;
}
