import type { Instant } from '../attempt.ts';
import { blackoutsFrom, type Blackout } from './blackout.ts';
import { parseCron } from './cron.ts';
import { nextOpening, openUntil, type RecurringWindow } from './opening.ts';
import type { WindowPlan, WindowRule } from './window-plan.ts';

/** Whether updates may install at a moment, and when that changes. */
export type WindowMoment = {
  readonly isOpen: boolean;
  /**
   * Until when this holds: `isOpen` changes then; or, where {@link MAX_MERGED_OPENINGS} run into each other, it is to be
   * asked again. null: it never changes by itself.
   */
  readonly changesAt: Instant | null;
  /** The next opening; null: open now, or never again. */
  readonly opensAt: Instant | null;
  /** null: closed now, or with no end in sight. */
  readonly closesAt: Instant | null;
  /** The end of the blackout that holds it closed now. */
  readonly blackoutUntil: Instant | null;
  readonly zone: string;
};

/** How many openings that run into each other are followed to their end. */
export const MAX_MERGED_OPENINGS = 64;

/**
 * What a plan says in a zone at a moment. A window opens at its local time and stays open for its duration in elapsed
 * time, also over a change of the clock: an opening that the clock leaps over comes at the first instant after the leap,
 * one that the clock shows twice comes the first time only. Windows that touch are one; a blackout closes what is open.
 *
 * The plan must be one that `checkWindowPlan` finds no error in; throws RangeError otherwise.
 */
export function windowAt(plan: WindowPlan, zone: string, now: Instant): WindowMoment {
  const windows = plan.windows.map((rule) => recurring(rule, zone));
  const blackouts = blackoutsFrom(plan.blackouts, zone, now);
  const blackoutUntil = endOfBlackout(blackouts, now);
  if (blackoutUntil === null && isOpenAt(windows, now)) return openMoment(windows, blackouts, { now, zone });
  const opensAt = opening(windows, blackouts, now);
  return { isOpen: false, changesAt: opensAt, opensAt, closesAt: null, blackoutUntil, zone };
}

/** The earliest moment at which the plan is open in one of the zones: now if it is open already; null: never. */
export function firstWindowOpening(plan: WindowPlan, zones: readonly string[], now: Instant): Instant | null {
  const openings = zones.map((zone) => {
    const moment = windowAt(plan, zone, now);
    return moment.isOpen ? now : moment.opensAt;
  });
  return earliest(openings);
}

function recurring({ cron, durationSeconds }: WindowRule, zone: string): RecurringWindow {
  const reading = parseCron(cron);
  if ('problem' in reading) throw new RangeError(`no cron expression: ${cron}`);
  return { cron: reading.cron, zone, durationMs: durationSeconds * 1000 };
}

function isOpenAt(windows: readonly RecurringWindow[], at: Instant): boolean {
  return windows.length === 0 || windows.some((window) => openUntil(window, at) !== null);
}

function openMoment(
  windows: readonly RecurringWindow[],
  blackouts: readonly Blackout[],
  { now, zone }: { readonly now: Instant; readonly zone: string },
): WindowMoment {
  const blackout = earliest(blackouts.map(({ from }) => from));
  const merged = closing(windows, { now, enough: blackout });
  const closesAt = earliest([blackout, merged.closesAt]);
  const changesAt = closesAt ?? merged.reached;
  return { isOpen: true, changesAt, opensAt: null, closesAt, blackoutUntil: null, zone };
}

/** Follows openings that touch to where all are closed, or as far as `enough`; `reached`: open at least until then. */
function closing(
  windows: readonly RecurringWindow[],
  { now, enough }: { readonly now: Instant; readonly enough: Instant | null },
): { readonly closesAt: Instant | null; readonly reached: Instant | null } {
  if (windows.length === 0) return { closesAt: null, reached: null };
  let reached = now;
  for (let merged = 0; merged <= MAX_MERGED_OPENINGS; merged += 1) {
    const ends = windows.flatMap((window) => openUntil(window, reached) ?? []);
    if (ends.length === 0) return { closesAt: reached, reached };
    reached = Math.max(...ends);
    if (enough !== null && reached >= enough) return { closesAt: reached, reached };
  }
  return { closesAt: null, reached };
}

/** The first moment after `now` at which a window is open and no blackout holds. */
function opening(windows: readonly RecurringWindow[], blackouts: readonly Blackout[], now: Instant): Instant | null {
  let at = endOfBlackout(blackouts, now) ?? now;
  // Each blackout is passed at most once, so that this ends.
  for (;;) {
    const opensAt = isOpenAt(windows, at) ? at : earliest(windows.map((window) => nextOpening(window, at)));
    if (opensAt === null) return null;
    const end = endOfBlackout(blackouts, opensAt);
    if (end === null) return opensAt;
    at = end;
  }
}

/** When the blackout that holds at `at` is over, with those that follow it without a pause. */
function endOfBlackout(blackouts: readonly Blackout[], at: Instant): Instant | null {
  const ends = blackouts.filter(({ from, to }) => from <= at && at < to).map(({ to }) => to);
  if (ends.length === 0) return null;
  const end = Math.max(...ends);
  return endOfBlackout(blackouts, end) ?? end;
}

function earliest(moments: readonly (Instant | null)[]): Instant | null {
  const known = moments.filter((moment) => moment !== null);
  return known.length === 0 ? null : Math.min(...known);
}
