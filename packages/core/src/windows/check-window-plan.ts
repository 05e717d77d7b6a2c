import type { Instant } from '../attempt.ts';
import { spanWords } from '../moment-words.ts';
import { MAX_WINDOWS } from '../policy.ts';
import { blackoutSpan } from './blackout.ts';
import { CRON_HORIZON_YEARS } from './firing.ts';
import { closing, MAX_WINDOW_LOOKS, type Closing } from './closing.ts';
import { parseCron } from './cron.ts';
import { isTimeZone, nearestZone, zonedAt } from './local-time.ts';
import { nextOpening, openUntil, recurring } from './opening.ts';
import { windowAt } from './window-at.ts';
import type { WindowPlan, WindowRule } from './window-plan.ts';

export const MIN_WINDOW_SECONDS = 60;
export const MAX_WINDOW_SECONDS = 31 * 86_400;
/** Longer than that nobody means to wait: a leap year. */
const LATE_MS = 366 * 86_400_000;
/** How many looks (one window at one moment) it may take to follow the openings of all windows of a plan, one by one. */
export const MAX_CHECK_LOOKS = MAX_WINDOW_LOOKS;

export type WindowProblemCode =
  | 'cron-invalid'
  | 'cron-never-fires'
  | 'duration-invalid'
  | 'blackout-invalid'
  | 'zone-unknown'
  | 'plan-never-opens'
  | 'too-many-windows'
  | 'windows-open-too-often'
  | 'window-too-short'
  | 'window-overlaps-itself'
  | 'opens-late';

/** What is wrong with a plan, or doubtful: which of its parts (`windows[0].cron`), what stands there, what was expected. */
export type WindowProblem = {
  readonly code: WindowProblemCode;
  readonly severity: 'error' | 'warning';
  readonly where: string;
  /** The place in a cron expression, counted from 0 in UTF-16 units. */
  readonly at: number | null;
  readonly found: string;
  readonly expected: string;
};

/** What a plan is judged by. `shortestInstallSeconds`: the shortest install seen on the devices that it is for. */
export type WindowCheck = {
  readonly zone: string;
  readonly now: Instant;
  readonly shortestInstallSeconds: number | null;
};

/** Every problem of a plan; without an error among them `windowAt` takes it. Takes some milliseconds at most, whatever the plan. */
export function checkWindowPlan(plan: WindowPlan, check: WindowCheck): readonly WindowProblem[] {
  if (plan.windows.length > MAX_WINDOWS) return [tooMany(plan.windows.length)];
  const zone = isTimeZone(check.zone) ? [] : [zoneProblem(check.zone, 'zone')];
  // A cron fires or does not whatever the zone: an unknown one hides none of the other problems.
  const known = zone.length === 0 ? check : { ...check, zone: 'UTC' };
  const problems = [
    ...zone,
    ...plan.windows.flatMap((rule, index) => windowProblems(rule, `windows[${index}]`, known)),
    ...plan.blackouts.flatMap((rule, index) =>
      blackoutSpan(rule) === null ? [blackoutProblem(`${rule.from} to ${rule.to}`, `blackouts[${index}]`)] : [],
    ),
  ];
  if (problems.some(({ severity }) => severity === 'error')) return problems;
  const found = [...problems, ...pauseProblems(plan.windows, known.now)];
  if (found.some(({ severity }) => severity === 'error')) return found;
  const moment = windowAt(plan, known.zone, known.now);
  if (moment.isOpen) return found;
  if (moment.opensAt === null) return [...found, neverOpens()];
  return moment.opensAt - known.now <= LATE_MS ? found : [...found, opensLate(moment.opensAt, known.zone)];
}

function windowProblems(rule: WindowRule, where: string, check: WindowCheck): readonly WindowProblem[] {
  if (rule.zone !== undefined && !isTimeZone(rule.zone)) return [zoneProblem(rule.zone, `${where}.zone`)];
  const reading = parseCron(rule.cron);
  const duration = isDuration(rule.durationSeconds) ? [] : [durationProblem(rule, where)];
  if ('problem' in reading) {
    const { at, found, expected } = reading.problem;
    return [error('cron-invalid', { where: `${where}.cron`, at, found, expected }), ...duration];
  }
  if (duration.length > 0) return duration;
  const window = recurring(rule, rule.zone ?? check.zone);
  const isOver = nextOpening(window, check.now) === null && openUntil(window, check.now) === null;
  return isOver ? [neverFires(rule, where)] : tooShort(rule, where, check);
}

function isDuration(seconds: number): boolean {
  return Number.isInteger(seconds) && seconds >= MIN_WINDOW_SECONDS && seconds <= MAX_WINDOW_SECONDS;
}

function tooShort(rule: WindowRule, where: string, check: WindowCheck): readonly WindowProblem[] {
  const shortest = check.shortestInstallSeconds;
  if (shortest === null || rule.durationSeconds >= shortest) return [];
  return [
    warning('window-too-short', {
      where: `${where}.durationSeconds`,
      found: String(rule.durationSeconds),
      expected: `at least ${Math.ceil(shortest)} seconds, the shortest install seen`,
    }),
  ];
}

/** Windows that never pause, each by itself. Where it takes too many looks to tell, it would for each device that asks. */
function pauseProblems(rules: readonly WindowRule[], now: Instant): readonly WindowProblem[] {
  const found: WindowProblem[] = [];
  let looks = 0;
  for (const [index, rule] of rules.entries()) {
    const followed = firstPause(rule, now);
    looks += followed?.looks ?? 0;
    if (followed?.closesAt === null) found.push(overlapping(rule, `windows[${index}]`));
    if (looks > MAX_CHECK_LOOKS) return [...found, tooOften(`windows[${index}]`, rule)];
  }
  return found;
}

/** In UTC, where no change of the clock hides that the openings follow each other without a pause. null: none comes. */
function firstPause(rule: WindowRule, now: Instant): Closing | null {
  const window = recurring(rule, 'UTC');
  const at = openUntil(window, now) === null ? nextOpening(window, now) : now;
  const openTo = at === null ? null : openUntil(window, at);
  return openTo === null ? null : closing([window], { openTo, enough: Infinity });
}

function overlapping(rule: WindowRule, where: string): WindowProblem {
  return warning('window-overlaps-itself', {
    where,
    found: `openings of ${spanWords(rule.durationSeconds * 1000)} without a pause between them`,
    expected: 'openings further apart than they last, or no window at all, which is always open',
  });
}

function tooOften(where: string, { cron, durationSeconds }: WindowRule): WindowProblem {
  return error('windows-open-too-often', {
    where,
    found: `${cron} for ${durationSeconds} seconds`,
    expected: 'fewer windows, or one longer opening in the place of many that run into each other',
  });
}

function tooMany(windows: number): WindowProblem {
  return error('too-many-windows', {
    where: 'windows',
    found: `${windows} windows`,
    expected: `at most ${MAX_WINDOWS}: put hours or days that share a duration into one expression, as \`0 0 1,13 ? * MON-FRI\``,
  });
}

function durationProblem(rule: WindowRule, where: string): WindowProblem {
  return error('duration-invalid', {
    where: `${where}.durationSeconds`,
    found: String(rule.durationSeconds),
    expected: `whole seconds from ${MIN_WINDOW_SECONDS} to ${MAX_WINDOW_SECONDS}`,
  });
}

function neverFires(rule: WindowRule, where: string): WindowProblem {
  const expected = `a cron expression that fires within ${CRON_HORIZON_YEARS} years from now`;
  return error('cron-never-fires', { where: `${where}.cron`, found: rule.cron, expected });
}

function blackoutProblem(found: string, where: string): WindowProblem {
  const expected = 'local dates as 2026-12-24, or date-times as 2026-12-24T18:00, the first before the second';
  return error('blackout-invalid', { where, found, expected });
}

function zoneProblem(found: string, where: string): WindowProblem {
  return error('zone-unknown', {
    where,
    found,
    expected: `an IANA time zone as Europe/Rome, or an offset as +05:45${hintOf(nearestZone(found))}`,
  });
}

function hintOf(near: string | undefined): string {
  return near === undefined ? '' : `; did you mean ${near}?`;
}

function opensLate(opensAt: number, zone: string): WindowProblem {
  const found = `a first opening on ${zonedAt(zone, opensAt).toPlainDate().toString()}`;
  const expected =
    'a window that opens within a year: look at the days and months of the windows, and at the blackouts';
  return warning('opens-late', { where: 'windows', found, expected });
}

function neverOpens(): WindowProblem {
  const expected = 'at least one';
  return error('plan-never-opens', { where: 'blackouts', found: 'no opening outside the blackouts', expected });
}

type Finding = {
  readonly where: string;
  readonly at?: number | null;
  readonly found: string;
  readonly expected: string;
};

function error(code: WindowProblemCode, { at = null, ...finding }: Finding): WindowProblem {
  return { code, severity: 'error', at, ...finding };
}

function warning(code: WindowProblemCode, finding: Finding): WindowProblem {
  return { ...error(code, finding), severity: 'warning' };
}
