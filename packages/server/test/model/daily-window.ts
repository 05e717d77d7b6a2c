/** A window that opens each day at an hour of local time; `minutes` are elapsed time. It knows nothing of cron. */
export type DailyWindow = { readonly fromHour: number; readonly minutes: number; readonly zone: string };

/** Until `changesAt`, epoch ms. */
export type WindowMoment = { readonly isOpen: boolean; readonly changesAt: number };

const MINUTE_MS = 60_000;

/** Whether it is open at `now` (epoch ms) in a zone, and when that changes next. */
export function windowAt({ fromHour, minutes }: DailyWindow, zone: string, now: number): WindowMoment {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone).toPlainDate();
  for (const days of [-2, -1, 0, 1, 2]) {
    const opens = today
      .add({ days })
      .toZonedDateTime({ timeZone: zone, plainTime: Temporal.PlainTime.from({ hour: fromHour }) });
    const from = opens.epochMilliseconds;
    const until = from + minutes * MINUTE_MS;
    if (from <= now && now < until) return { isOpen: true, changesAt: until };
    if (from > now) return { isOpen: false, changesAt: from };
  }
  throw new Error(`no day has an hour ${fromHour} in ${zone}`);
}
