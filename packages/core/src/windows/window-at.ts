import type { Instant } from '../attempt.ts';
import { blackoutsFrom, type Blackout } from './blackout.ts';
import { closing } from './closing.ts';
import { nextOpening, openUntilAll, recurring, type RecurringWindow } from './opening.ts';
import type { WindowPlan } from './window-plan.ts';

/** Whether updates may install at a moment, and when that changes. */
export type WindowMoment = {
  readonly isOpen: boolean;
  /**
   * Until when this holds: `isOpen` changes then; or, where openings run into each other beyond {@link MAX_WINDOW_LOOKS}, it is to be
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

/**
 * What a plan says in a zone at a moment. A window opens at its local time and stays open for its duration in elapsed
 * time, also over a change of the clock: an opening that the clock leaps over comes at the first instant after the leap,
 * one that the clock shows twice comes the first time only. Windows that touch are one; a blackout closes what is open.
 *
 * The plan must be one that `checkWindowPlan` finds no error in; throws RangeError otherwise.
 */
export function windowAt(plan: WindowPlan, zone: string, now: Instant): WindowMoment {
  const windows = plan.windows.map((rule) => recurring(rule, rule.zone ?? zone));
  const blackouts = blackoutsFrom(plan.blackouts, zone, now);
  const blackoutUntil = endOfBlackout(blackouts, now);
  const openTo = windows.length === 0 ? null : openUntilAll(windows, now);
  if (blackoutUntil === null && (windows.length === 0 || openTo !== null))
    return openMoment(windows, blackouts, { openTo, zone });
  const opensAt =
    blackoutUntil === null ? openingAfter(windows, blackouts, now) : openingFrom(windows, blackouts, blackoutUntil);
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

function openMoment(
  windows: readonly RecurringWindow[],
  blackouts: readonly Blackout[],
  { openTo, zone }: { readonly openTo: Instant | null; readonly zone: string },
): WindowMoment {
  const blackout = earliest(blackouts.map(({ from }) => from));
  const merged = openTo === null ? null : closing(windows, { openTo, enough: blackout ?? Infinity });
  const closesAt = earliest([blackout, merged?.closesAt ?? null]);
  const changesAt = closesAt ?? merged?.reached ?? null;
  return { isOpen: true, changesAt, opensAt: null, closesAt, blackoutUntil: null, zone };
}

/** The first moment from `at` on, when a blackout has ended, at which a window is open and no blackout holds. */
function openingFrom(windows: readonly RecurringWindow[], blackouts: readonly Blackout[], at: Instant): Instant | null {
  const isOpen = windows.length === 0 || openUntilAll(windows, at) !== null;
  return isOpen ? at : openingAfter(windows, blackouts, at);
}

/** The first moment after `at`, when all is closed, at which a window opens and no blackout holds. */
function openingAfter(
  windows: readonly RecurringWindow[],
  blackouts: readonly Blackout[],
  at: Instant,
): Instant | null {
  const opensAt = earliest(windows.map((window) => nextOpening(window, at)));
  const blackoutUntil = opensAt === null ? null : endOfBlackout(blackouts, opensAt);
  // Each blackout is passed at most once, so that this ends.
  return blackoutUntil === null ? opensAt : openingFrom(windows, blackouts, blackoutUntil);
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
