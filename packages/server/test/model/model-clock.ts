/** A daily window of the model, in UTC: it knows nothing of cron. `fromHour` 22 with 4 hours runs to 02:00. */
export type DailyWindow = { readonly fromHour: number; readonly hours: number };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export function isWindowOpen({ fromHour, hours }: DailyWindow, now: number): boolean {
  const today = now - (now % DAY_MS) + fromHour * HOUR_MS;
  return [today, today - DAY_MS].some((opens) => opens <= now && now < opens + hours * HOUR_MS);
}

/** The same window as the policy says it. */
export function windowPolicy({ fromHour, hours }: DailyWindow) {
  return { zone: 'UTC', windows: [{ cron: `0 0 ${fromHour} ? * *`, durationSeconds: hours * 3600 }] };
}
