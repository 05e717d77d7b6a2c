import type { Instant } from '../attempt.ts';
import { nearestWord } from '../filter/nearest-word.ts';

const OFFSET = /^[+-]([01]\d|2[0-3]):[0-5]\d$/;
const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/;

/** Whether `name` is a time zone: an IANA name that is known here, in any case of letters, or an offset as `+05:45`. */
export function isTimeZone(name: string): boolean {
  if (OFFSET.test(name)) return true;
  if (!ZONE_NAME.test(name)) return false;
  try {
    zonedAt(name, 0);
    return true;
  } catch (cause) {
    if (cause instanceof RangeError) return false;
    throw cause;
  }
}

/** The IANA zone that was probably meant, or undefined where none is near. */
export function nearestZone(name: string): string | undefined {
  return nearestWord(name, Intl.supportedValuesOf('timeZone'));
}

/** The wall clock of a zone. Throws RangeError for a zone that is none ({@link isTimeZone}). */
export function zonedAt(zone: string, at: Instant): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
}

/**
 * When a local time comes: the first time if the clock shows it twice, and where the clock leaps over it, the first
 * instant after the leap.
 */
export function instantOf(local: Temporal.PlainDateTime, zone: string): Instant {
  const zoned = local.toZonedDateTime(zone, { disambiguation: 'compatible' });
  if (zoned.toPlainDateTime().equals(local)) return zoned.epochMilliseconds;
  return changeBefore(zoned)?.epochMilliseconds ?? zoned.epochMilliseconds;
}

/** When a local time is over: the last time it comes if the clock shows it twice, else as {@link instantOf}. */
export function lastInstantOf(local: Temporal.PlainDateTime, zone: string): Instant {
  const zoned = local.toZonedDateTime(zone, { disambiguation: 'later' });
  return zoned.toPlainDateTime().equals(local) ? zoned.epochMilliseconds : instantOf(local, zone);
}

/** The latest local second that has come by `at` for the first time: while an hour repeats, the end of its first pass. */
export function latestLocalBy(zone: string, at: Instant): Temporal.PlainDateTime {
  const zoned = zonedAt(zone, Math.floor(at / 1000) * 1000);
  const local = zoned.toPlainDateTime();
  const first = local.toZonedDateTime(zone, { disambiguation: 'earlier' });
  if (first.offsetNanoseconds === zoned.offsetNanoseconds) return local;
  const change = changeBefore(zoned);
  return change === null ? local : change.subtract({ seconds: 1 }).toPlainDateTime();
}

/** The last change of the zone's offset at or before a moment. */
function changeBefore(zoned: Temporal.ZonedDateTime): Temporal.ZonedDateTime | null {
  return zoned.add({ nanoseconds: 1 }).getTimeZoneTransition('previous');
}
