import type { Instant } from '../attempt.ts';
import { parseCron, type Cron } from './cron.ts';
import { CRON_HORIZON_YEARS, firingNear } from './firing.ts';
import { instantOf, latestLocalBy } from './local-time.ts';
import type { WindowRule } from './window-plan.ts';

/** A window as it is searched: when it opens, in which zone, and how long it stays open. */
export type RecurringWindow = { readonly cron: Cron; readonly zone: string; readonly durationMs: number };

/** A rule as it is searched. Throws RangeError for a cron expression that is none. */
export function recurring({ cron, durationSeconds }: WindowRule, zone: string): RecurringWindow {
  const reading = parseCron(cron);
  if ('problem' in reading) throw new RangeError(`no cron expression: ${cron}`);
  return { cron: reading.cron, zone, durationMs: durationSeconds * 1000 };
}

/** The latest end of those openings that are in progress at `at`; null: none is. */
export function openUntilAll(windows: readonly RecurringWindow[], at: Instant): Instant | null {
  const ends = windows.flatMap((window) => openUntil(window, at) ?? []);
  return ends.length === 0 ? null : Math.max(...ends);
}

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
