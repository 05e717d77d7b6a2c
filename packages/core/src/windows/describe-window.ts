import type { Instant } from '../attempt.ts';
import { clockWords, comingWords } from '../moment-words.ts';
import type { WindowMoment } from './window-at.ts';

/** A gate's fact: "window opens 22:00 Europe/Rome, in 3 h 12 min", "window open until 04:00 Europe/Rome". */
export function describeWindow({ isOpen, opensAt, closesAt, blackoutUntil, zone }: WindowMoment, now: Instant): string {
  if (isOpen) return closesAt === null ? 'window open' : `window open until ${clockWords(closesAt, zone, now)}`;
  const opens = opensAt === null ? 'no window opens any more' : `window opens ${comingWords(opensAt, zone, now)}`;
  return blackoutUntil === null ? opens : `blackout until ${clockWords(blackoutUntil, zone, now)}, ${opens}`;
}
