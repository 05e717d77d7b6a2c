import type { ContactPattern } from './forecast-input.ts';
import { fractionOf } from './random.ts';
import type { Span } from './span.ts';

const HOUR_MS = 3_600_000;
const HOURS_PER_DAY = 24;
const DAYS_PER_WEEK = 7;
const WHOLE_DAY = 2 ** HOURS_PER_DAY - 1;
/** How far it is looked for the next hour of contact. */
const MAX_HOURS = 60 * HOURS_PER_DAY;

/** Whether a device that is like others is there in an hour (since 1970): as on one of its past days, chosen by `salt`. */
export function isOnline({ firstDay, masks }: ContactPattern, salt: number, hour: number): boolean {
  if (masks.length === 0) return true;
  const day = Math.floor(hour / HOURS_PER_DAY);
  return ((masks[likeDay(firstDay, masks.length, { day, salt })] ?? 0) >>> (hour % HOURS_PER_DAY)) % 2 === 1;
}

/** The first span of contact that ends after `at`; null: none in sight. */
export function nextOnline(pattern: ContactPattern, salt: number, { from: at, to: horizon }: Span): Span | null {
  if (isAlwaysOnline(pattern)) return at < horizon ? { from: at, to: horizon } : null;
  const first = Math.floor(at / HOUR_MS);
  const last = Math.min(first + MAX_HOURS, Math.ceil(horizon / HOUR_MS));
  let hour = first;
  while (hour < last && !isOnline(pattern, salt, hour)) hour += 1;
  if (hour >= last) return null;
  let end = hour + 1;
  while (end < last && isOnline(pattern, salt, end)) end += 1;
  return { from: Math.max(at, hour * HOUR_MS), to: end * HOUR_MS };
}

export function isAlwaysOnline({ masks }: ContactPattern): boolean {
  return masks.every((mask) => mask === WHOLE_DAY);
}

export function isNeverOnline({ masks, lastContactAt }: ContactPattern): boolean {
  return lastContactAt === null || (masks.length > 0 && masks.every((mask) => mask === 0));
}

/** A past day of the same day of the week where a week and more is known, else any. */
function likeDay(
  firstDay: number,
  days: number,
  { day, salt }: { readonly day: number; readonly salt: number },
): number {
  const chance = fractionOf(salt, day);
  if (days < 2 * DAYS_PER_WEEK) return Math.floor(chance * days);
  const first = (((day - firstDay) % DAYS_PER_WEEK) + DAYS_PER_WEEK) % DAYS_PER_WEEK;
  const weeks = Math.floor((days - 1 - first) / DAYS_PER_WEEK) + 1;
  return first + Math.floor(chance * weeks) * DAYS_PER_WEEK;
}
