/** The hours of each day in which a device is off or out of reach: minutes after local midnight; `to` may lie on the next day. */
export type OfflineHours = { readonly zone: string; readonly fromMinute: number; readonly toMinute: number };

const MINUTES_PER_DAY = 24 * 60;
const MS_PER_MINUTE = 60_000;

/** How long at `now` (epoch ms) until a device with these hours is reachable again, ms; 0 while it is. */
export function offlineMs({ zone, fromMinute, toMinute }: OfflineHours, now: number): number {
  const local = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone);
  const minute = local.hour * 60 + local.minute;
  const since = (minute - fromMinute + MINUTES_PER_DAY) % MINUTES_PER_DAY;
  const lasts = (toMinute - fromMinute + MINUTES_PER_DAY) % MINUTES_PER_DAY;
  if (since >= lasts) return 0;
  return (lasts - since) * MS_PER_MINUTE - (local.second * 1000 + local.millisecond);
}
