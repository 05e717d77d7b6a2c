import type { Instant } from '../attempt.ts';
import type { ContactPattern, PastDays } from './forecast-input.ts';

const DAY_MS = 86_400_000;
const HOUR_SECONDS = 3600;
const HOURS_PER_DAY = 24;
/** A device that is away for this many times its longest absence so far, and some days, is taken to be gone. */
const GONE_AFTER_TIMES = 2;
const GONE_AFTER_DAYS = 2;

/** Days of history that a forecast looks back on. */
export const CONTACT_DAYS = 14;

export type PastContact = {
  /** A day without contact may be left out. */
  readonly days: PastDays;
  readonly lastContactAt: Instant | null;
  /** Since when contacts of the device can be known. */
  readonly knownSince: Instant;
  /** How often it is asked to poll: between two polls it is there as well. Left out: at least hourly. */
  readonly pollSeconds?: number;
};

/** The pattern that a device's past whole days show; today is not over and shows none. */
export function contactPatternOf(past: PastContact, now: Instant): ContactPattern {
  const { days, lastContactAt, knownSince, pollSeconds = 0 } = past;
  const today = Math.floor(now / DAY_MS);
  const first = Math.max(today - CONTACT_DAYS, Math.ceil(knownSince / DAY_MS));
  const masks = new Map(days.map(({ day, mask }) => [day, mask]));
  const own = Array.from({ length: Math.max(0, today - first) }, (_, at) => {
    return { day: first + at, mask: masks.get(first + at) ?? 0 };
  });
  const seen = isGone(own) ? [{ day: first, mask: 0 }] : betweenPolls(own, pollSeconds);
  return { own: seen, others: [], lastContactAt };
}

/**
 * A device that polls more rarely than hourly shows the hours of its polls alone: those between two polls that are as far
 * apart as its interval are hours in which it was there, too.
 */
function betweenPolls(days: PastDays, pollSeconds: number): PastDays {
  const gap = Math.ceil(pollSeconds / HOUR_SECONDS);
  if (gap < 2) return days;
  const there = days.flatMap(({ mask }) =>
    Array.from({ length: HOURS_PER_DAY }, (_, hour) => (mask >>> hour) % 2 === 1),
  );
  const after = hoursSince(there);
  const before = hoursSince(there.toReversed()).toReversed();
  // A poll may come late within its hour.
  const isBetween = (hour: number) => (after[hour] ?? Infinity) + (before[hour] ?? Infinity) <= gap + 1;
  const isAtEdge = (hour: number) =>
    Math.min(after[hour] ?? Infinity, before[hour] ?? Infinity) <= gap &&
    Math.max(after[hour] ?? Infinity, before[hour] ?? Infinity) === Infinity;
  return days.map(({ day }, at) => {
    const hours = Array.from({ length: HOURS_PER_DAY }, (_, hour) => at * HOURS_PER_DAY + hour);
    return {
      day,
      mask: hours.reduce((mask, hour, bit) => mask + (isBetween(hour) || isAtEdge(hour) ? 2 ** bit : 0), 0),
    };
  });
}

/** For each hour how long ago it was there last; Infinity: never before. */
function hoursSince(there: readonly boolean[]): readonly number[] {
  let since = Infinity;
  return there.map((is) => (since = is ? 0 : since + 1));
}

function isGone(days: PastDays): boolean {
  const last = days.findLastIndex(({ mask }) => mask !== 0);
  const away = days.length - 1 - last;
  if (away < GONE_AFTER_DAYS) return false;
  let [longest, run] = [0, 0];
  for (const { mask } of days.slice(0, last + 1)) {
    run = mask === 0 ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return away >= GONE_AFTER_TIMES * Math.max(1, longest);
}

const HOURS_PER_PART = 6;
const PARTS_PER_DAY = 4;
const PART = 2 ** HOURS_PER_PART - 1;
/** Of each habit so many days are shared. */
const MAX_SHARED_DAYS = 280;

/** Patterns that know the days of those with the same habit: in which quarters of the day they are never, sometimes, always there. */
export function withOthersDays(patterns: readonly ContactPattern[]): readonly ContactPattern[] {
  const pools = new Map<string, PastDays[number][]>();
  const habits = patterns.map(({ own }) => habitOf(own));
  for (const [at, { own }] of patterns.entries()) {
    const pool = pools.get(habits[at] ?? '') ?? [];
    pools.set(habits[at] ?? '', pool);
    if (pool.length < MAX_SHARED_DAYS) pool.push(...own);
  }
  return patterns.map((pattern, at) => {
    const isRestless = habits[at]?.includes('s') === true;
    return isRestless ? { ...pattern, others: pools.get(habits[at] ?? '') ?? [] } : pattern;
  });
}

/** n: never, s: sometimes, a: always there, for each quarter of the day. */
function habitOf(days: PastDays): string {
  const parts = Array.from({ length: PARTS_PER_DAY }, (_, part) =>
    days.map(({ mask }) => (mask >>> (part * HOURS_PER_PART)) & PART),
  );
  return parts
    .map((hours) => (hours.every((part) => part === 0) ? 'n' : hours.every((part) => part === PART) ? 'a' : 's'))
    .join('');
}
