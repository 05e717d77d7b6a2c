import type { Instant } from '../attempt.ts';
import type { Cron } from './cron.ts';
import { CRON_HORIZON_YEARS, firingNear } from './firing.ts';
import { instantOf, latestLocalBy } from './local-time.ts';

/** A window as it is searched: when it opens, in which zone, and how long it stays open. */
export type RecurringWindow = { readonly cron: Cron; readonly zone: string; readonly durationMs: number };

const SHORTEST_MONTH_MS = 28 * 86_400_000;

/** Until when the window that is open at `at` stays open by its latest opening alone; null: it is closed. */
export function openUntil({ cron, zone, durationMs }: RecurringWindow, at: Instant): Instant | null {
  const months = Math.ceil(durationMs / SHORTEST_MONTH_MS) + 1;
  const firing = firingNear(cron, latestLocalBy(zone, at), { towards: -1, months });
  if (firing === null) return null;
  const until = instantOf(firing, zone) + durationMs;
  return until > at ? until : null;
}

/** The next opening after `at`; null: never again. */
export function nextOpening({ cron, zone }: RecurringWindow, at: Instant): Instant | null {
  const from = latestLocalBy(zone, at).add({ seconds: 1 });
  const firing = firingNear(cron, from, { towards: 1, months: CRON_HORIZON_YEARS * 12 });
  return firing === null ? null : instantOf(firing, zone);
}
