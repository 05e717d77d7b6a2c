import type { Instant } from '../attempt.ts';
import { zonedAt } from './local-time.ts';
import type { WindowMoment } from './window-at.ts';

const MINUTE_MS = 60_000;
const MINUTES_OF_HOUR = 60;
const MINUTES_OF_DAY = 1440;

/** A gate's fact: "window opens 22:00 Europe/Rome, in 3 h 12 min", "window open until 04:00 Europe/Rome". */
export function describeWindow(moment: WindowMoment, now: Instant): string {
  if (moment.isOpen) {
    return moment.closesAt === null ? 'window open' : `window open until ${clock(moment.closesAt, moment.zone, now)}`;
  }
  const blackout =
    moment.blackoutUntil === null ? '' : `blackout until ${clock(moment.blackoutUntil, moment.zone, now)}, `;
  if (moment.opensAt === null) return `${blackout}no window opens any more`;
  return `${blackout}window opens ${clock(moment.opensAt, moment.zone, now)}, in ${wait(moment.opensAt - now)}`;
}

/** The wall clock's time; with the date where it is a day or more away. */
function clock(at: Instant, zone: string, now: Instant): string {
  const then = zonedAt(zone, at);
  const time = then.toPlainTime().toString({ smallestUnit: 'minute' });
  return `${at - now < MINUTES_OF_DAY * MINUTE_MS ? '' : `${then.toPlainDate().toString()} `}${time} ${zone}`;
}

/** "3 h 12 min", "2 d 3 h": two units, the last one rounded up, so that the wait is never understated. */
function wait(ms: number): string {
  const minutes = Math.ceil(ms / MINUTE_MS);
  if (minutes < MINUTES_OF_DAY) return pair(minutes, MINUTES_OF_HOUR, ['h', 'min']);
  return pair(Math.ceil(minutes / MINUTES_OF_HOUR), MINUTES_OF_DAY / MINUTES_OF_HOUR, ['d', 'h']);
}

function pair(amount: number, size: number, [large, small]: readonly [string, string]): string {
  const [whole, rest] = [Math.floor(amount / size), amount % size];
  return [whole > 0 ? `${whole} ${large}` : '', rest > 0 ? `${rest} ${small}` : '']
    .filter((part) => part !== '')
    .join(' ');
}
