import type { Instant } from '../attempt.ts';
import { isNeverOnline, nextOnline } from './contact-pattern.ts';
import type { Group } from './group.ts';
import type { Random } from './random.ts';
import type { OpenSpans, Span } from './span.ts';

/** Its next poll while it is in contact and the window is open, and until when both hold; or why there is none. */
export type Chance =
  | { readonly at: Instant; readonly to: Instant }
  | 'offline-in-windows'
  | 'window-too-short'
  | 'never-in-contact';

/** Spans of contact and windows are compared so often at most; more in which it never polls are taken for never. */
const MAX_TRIES = 400;
const HOUR_MS = 3_600_000;

/**
 * A device polls at some moment of its interval after the span opens. One that polls more rarely than hourly shows in its
 * hours of contact when it does.
 */
export function nextChance(
  { group, open, random }: { readonly group: Group; readonly open: OpenSpans; readonly random: Random },
  { from, to }: Span,
): Chance {
  const { contact, zone, pollSeconds } = group.cohort;
  if (isNeverOnline(contact)) return 'never-in-contact';
  const interval = contact.own.length === 0 ? pollSeconds * 1000 : Math.min(pollSeconds * 1000, HOUR_MS);
  let at = from;
  let hasMet = false;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const window = open(zone, at);
    if (window === null) break;
    const online = nextOnline(contact, group.salt, { from: Math.max(at, window.from), to });
    if (online === null) break;
    if (online.from < window.to) {
      hasMet = true;
      const span = { from: online.from, to: Math.min(online.to, window.to) };
      const poll = span.from + random() * interval;
      if (poll < span.to) return { at: poll, to: span.to };
      at = span.to;
    } else at = window.to;
  }
  return hasMet ? 'window-too-short' : 'offline-in-windows';
}
