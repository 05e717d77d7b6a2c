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
/** The shortest wait that a door asks for before a window opens. */
const SHORTEST_WAIT_MS = 30_000;

/**
 * A device polls at some moment of its interval after the span opens. One that polls more rarely than hourly is told of the
 * window by the poll before it, and comes back when it opens; until that poll it knows of nothing.
 */
export function nextChance(
  { group, open, random }: { readonly group: Group; readonly open: OpenSpans; readonly random: Random },
  { from, to }: Span,
): Chance {
  const { contact, zone, pollSeconds } = group.cohort;
  if (isNeverOnline(contact)) return 'never-in-contact';
  const interval = pollSeconds * 1000;
  const toldAt = interval > HOUR_MS ? from + random() * interval : null;
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
      const poll = toldAt === null ? span.from + random() * interval : pollOfRare(span.from, { toldAt, random });
      if (poll < span.to) return { at: poll, to: span.to };
      at = span.to;
    } else at = window.to;
  }
  return hasMet ? 'window-too-short' : 'offline-in-windows';
}

function pollOfRare(
  opensAt: Instant,
  { toldAt, random }: { readonly toldAt: Instant; readonly random: Random },
): Instant {
  return toldAt < opensAt ? opensAt + random() * SHORTEST_WAIT_MS : toldAt;
}
