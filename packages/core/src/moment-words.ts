import type { Instant } from './attempt.ts';
import { zonedAt } from './windows/local-time.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** A moment for people: "22:00 Europe/Rome, in 3 h 12 min". */
export function comingWords(at: Instant, zone: string, now: Instant): string {
  return `${clockWords(at, zone, now)}, in ${spanWords(at - now)}`;
}

/** The wall clock's time, with the date where it is neither today nor within the coming day; to the second when it is near. */
export function clockWords(at: Instant, zone: string, now: Instant): string {
  const [then, today] = [zonedAt(zone, at), zonedAt(zone, now)];
  const smallestUnit = Math.abs(at - now) < 2 * MINUTE_MS ? 'second' : 'minute';
  const time = then.toPlainTime().toString({ smallestUnit });
  const isNear = then.toPlainDate().equals(today.toPlainDate()) || (at > now && at - now < DAY_MS);
  return `${isNear ? '' : `${then.toPlainDate().toString()} `}${time} ${zone}`;
}

/** "40 s", "3 h 12 min", "2 d 3 h": at most two units, the last one rounded up, so that no wait is understated. */
export function spanWords(ms: number): string {
  return inUnits(ms, Math.ceil);
}

/** The same of what lies behind: no more than has passed. */
export function pastWords(ms: number): string {
  return inUnits(ms, Math.floor);
}

function inUnits(ms: number, rounded: (amount: number) => number): string {
  if (ms < 2 * MINUTE_MS) return `${Math.max(0, rounded(ms / SECOND_MS))} s`;
  if (ms <= DAY_MS) return pair(rounded(ms / MINUTE_MS), HOUR_MS / MINUTE_MS, ['h', 'min']);
  return pair(rounded(ms / HOUR_MS), DAY_MS / HOUR_MS, ['d', 'h']);
}

function pair(amount: number, size: number, [large, small]: readonly [string, string]): string {
  const [whole, rest] = [Math.floor(amount / size), amount % size];
  return [whole > 0 ? `${whole} ${large}` : '', rest > 0 ? `${rest} ${small}` : '']
    .filter((part) => part !== '')
    .join(' ');
}
