const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
const SECONDS_PER_MINUTE = 60;
const SECONDS_PER_HOUR = 3_600;
const SECONDS_PER_DAY = 86_400;

/** `1.5 MiB` */
export function bytesText(bytes: number): string {
  let unit = 0;
  let amount = bytes;
  for (; amount >= 1024 && unit < BYTE_UNITS.length - 1; unit += 1) amount /= 1024;
  return `${unit === 0 ? amount : amount.toFixed(amount < 10 ? 2 : 1)} ${BYTE_UNITS[unit]}`;
}

/** `1 device`, `12 devices` */
export function devicesText(count: number): string {
  return count === 1 ? '1 device' : `${count} devices`;
}

/** `42 s`, `3 min 05 s`, `2 h 10 min`, `3 d 4 h` */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < SECONDS_PER_MINUTE) return `${whole} s`;
  if (whole < SECONDS_PER_HOUR)
    return `${Math.floor(whole / SECONDS_PER_MINUTE)} min ${String(whole % SECONDS_PER_MINUTE).padStart(2, '0')} s`;
  if (whole < SECONDS_PER_DAY)
    return `${Math.floor(whole / SECONDS_PER_HOUR)} h ${Math.floor((whole % SECONDS_PER_HOUR) / SECONDS_PER_MINUTE)} min`;
  return `${Math.floor(whole / SECONDS_PER_DAY)} d ${Math.floor((whole % SECONDS_PER_DAY) / SECONDS_PER_HOUR)} h`;
}

/** As `durationText`, for what was set: `2 h`, `3 min 05 s`, `3 d`. */
export function lengthText(seconds: number): string {
  return durationText(seconds).replace(/ 0+ (h|min|s)$/, '');
}

/** `3 min 05 s ago`; a time in the future, which clocks that disagree make, is now. */
export function agoText(iso: string | null, nowMilliseconds: number): string {
  if (iso === null) return 'never';
  const seconds = (nowMilliseconds - Date.parse(iso)) / 1000;
  return seconds < 1 ? 'now' : `${durationText(seconds)} ago`;
}

/** `2026-03-01 14:05:09` in the zone of the reader. */
export function localTimeText(iso: string | null, timeZone: string): string {
  if (iso === null) return '';
  const local = Temporal.Instant.from(iso).toZonedDateTimeISO(timeZone).toPlainDateTime();
  return local.toString({ smallestUnit: 'second' }).replace('T', ' ');
}
