import type { Instant } from '../attempt.ts';
import type { Course } from './course.ts';
import type { ForecastInput } from './forecast-input.ts';
import { MISS_REASONS, type MissReason } from './miss-reason.ts';
import { playOnce } from './one-run.ts';
import { MAX_EVENTS_PER_RUN, planOf } from './plan.ts';
import { quantile } from './quantile.ts';
import { isMeasured } from './stage-model.ts';
import { mbitOf, meanTraffic, peakMbit } from './traffic.ts';

/** In half of the runs it was no later than `p50`, in nine of ten than `p90`; null: in so many it never came to it. */
export type LikelyMoment = { readonly p50: Instant | null; readonly p90: Instant | null };
export type LikelyAmount = { readonly p50: number; readonly p90: number };

export type PhaseForecast = {
  readonly name: string;
  readonly devices: number;
  /** Whether a person starts it; it is taken to be started as soon as it may be. */
  readonly byHand: boolean;
  /** Whether the users of its devices are asked; their yes is taken to come at once. */
  readonly asksConsent: boolean;
  readonly start: LikelyMoment;
  readonly reached: LikelyMoment;
  readonly end: LikelyMoment;
};

export type Forecast = {
  readonly from: Instant;
  readonly devices: number;
  readonly phases: readonly PhaseForecast[];
  /** When nothing is open any more. */
  readonly end: LikelyMoment;
  /** When the last device that gets the update has it. */
  readonly lastSuccess: LikelyMoment;
  readonly bytes: LikelyAmount;
  readonly peakMbit: LikelyAmount;
  /** Mean over the runs, of spans of `profileSeconds`, at most {@link MAX_PROFILE_POINTS} of the busiest. */
  readonly profile: readonly { readonly at: Instant; readonly mbit: number }[];
  /** A quarter of an hour; more where it takes months. */
  readonly profileSeconds: number;
  readonly succeeded: LikelyAmount;
  readonly missed: Readonly<Record<MissReason, LikelyAmount>>;
  readonly outlasted: LikelyAmount;
  /**
   * The error threshold: the share of runs in which it was crossed, when, how many devices had erred by then, how many once
   * those at work had ended, too, and in which phase (by number) that was most often.
   */
  readonly errorThreshold: {
    readonly share: number;
    readonly at: LikelyMoment;
    readonly erred: LikelyAmount;
    readonly broken: LikelyAmount;
    readonly phase: number | null;
  };
  /** The share of runs in which a phase could not reach its success threshold any more. */
  readonly stuckShare: number;
  /** The paper's S_N = S_1 · N / N_p, in seconds; N_p is null where no pace is set: all at once. */
  readonly paper: { readonly s1: number; readonly n: number; readonly parallel: number | null; readonly sN: number };
  /** Whether enough of this fleet was measured for S_1; else the prior stood in. */
  readonly measured: boolean;
  /** Whether it takes so long that what is left was reckoned by the pace of what was played, in some runs. */
  readonly reckoned: boolean;
  readonly runs: number;
};

const MAX_PROFILE_POINTS = 500;
/** Enough for a P90 that does not jump; fewer where one run takes longer. */
export const MAX_FORECAST_RUNS = 40;
const MIN_RUNS = 8;
/** Groups that all runs play together: what bounds the time that a forecast takes. */
const GROUPS_IN_ALL_RUNS = 80_000;

/** What is to be expected of a rollout, from many runs of it. The same input gives the same forecast. */
export function forecast(input: ForecastInput, maxRuns = MAX_FORECAST_RUNS): Forecast {
  const plan = planOf(input);
  const groups = input.cohorts.reduce((sum, cohort) => sum + Math.ceil(cohort.devices / plan.groupSize(cohort)), 0);
  const affordable = Math.max(MIN_RUNS, Math.floor(GROUPS_IN_ALL_RUNS / Math.max(1, groups)));
  const runs = Math.min(maxRuns, affordable);
  const courses = Array.from({ length: runs }, (_, number) => playOnce(plan, number, MAX_EVENTS_PER_RUN));
  const before = sumOf(input.phases.map(({ succeeded }) => succeeded));
  return {
    from: input.from,
    devices: sumOf(courses[0]?.phases.map(({ total }) => total) ?? []),
    phases: input.phases.map((_, at) => phaseForecast(input, courses, at)),
    end: moment(courses.map(({ endedAt }) => endedAt)),
    lastSuccess: moment(courses.map(({ lastSuccessAt }) => lastSuccessAt)),
    ...traffic(courses),
    succeeded: amount(courses.map(({ succeeded }) => succeeded + before)),
    missed: missedIn(courses),
    outlasted: amount(courses.map(({ outlasted }) => outlasted)),
    ...holds(courses),
    paper: paperOf(input, courses),
    measured: isMeasured(plan.stages),
    reckoned: courses.some(({ isReckoned }) => isReckoned),
    runs,
  };
}

function phaseForecast(
  { phases: planned, policy }: ForecastInput,
  courses: readonly Course[],
  at: number,
): PhaseForecast {
  const phases = courses.flatMap((course) => course.phases[at] ?? []);
  return {
    name: planned[at]?.spec.name ?? '',
    byHand: planned[at - 1]?.spec.next === 'hand',
    asksConsent: planned[at]?.spec.asksConsent ?? policy.consent.required,
    devices: phases[0]?.total ?? 0,
    start: moment(phases.map(({ startedAt }) => startedAt)),
    reached: moment(phases.map(({ reachedAt }) => reachedAt)),
    end: moment(phases.map(({ endedAt }) => endedAt)),
  };
}

function traffic(courses: readonly Course[]): Pick<Forecast, 'bytes' | 'peakMbit' | 'profile' | 'profileSeconds'> {
  const all = courses.map((course) => course.traffic);
  const { bins, binMs } = meanTraffic(all);
  const busiest = [...bins].toSorted(([, a], [, b]) => b - a).slice(0, MAX_PROFILE_POINTS);
  return {
    bytes: amount(all.map(({ total }) => total)),
    peakMbit: amount(all.map(peakMbit)),
    profile: busiest
      .toSorted(([a], [b]) => a - b)
      .map(([bin, bytes]) => ({ at: bin * binMs, mbit: mbitOf(bytes, binMs) })),
    profileSeconds: binMs / 1000,
  };
}

function missedIn(courses: readonly Course[]): Forecast['missed'] {
  const entries = MISS_REASONS.map((reason) => [reason, amount(courses.map(({ missed }) => missed[reason]))]);
  return Object.fromEntries(entries) as Forecast['missed'];
}

function holds(courses: readonly Course[]): Pick<Forecast, 'errorThreshold' | 'stuckShare'> {
  const held = courses.flatMap(({ held: each, erred: broken }) => (each === null ? [] : [{ ...each, broken }]));
  const crossed = held.filter(({ reason }) => reason === 'error-threshold');
  const byPhase = [...Map.groupBy(crossed, ({ phase }) => phase)].toSorted(([, a], [, b]) => b.length - a.length);
  return {
    errorThreshold: {
      share: crossed.length / courses.length,
      at: moment(crossed.map(({ at }) => at)),
      erred: amount(crossed.map(({ erred }) => erred)),
      broken: amount(crossed.map(({ broken }) => broken)),
      phase: byPhase[0] === undefined ? null : byPhase[0][0] + 1,
    },
    stuckShare: (held.length - crossed.length) / courses.length,
  };
}

function paperOf({ policy }: ForecastInput, courses: readonly Course[]): Forecast['paper'] {
  const ms = sumOf(courses.map(({ work }) => work.ms));
  const n = sumOf(courses.map(({ work }) => work.n));
  const s1 = n === 0 ? 0 : ms / n / 1000;
  const devices = sumOf(courses[0]?.phases.map(({ total }) => total) ?? []);
  const { parallel } = policy.pace;
  const atOnce = Math.min(parallel ?? devices, devices);
  return { s1, n: devices, parallel, sN: atOnce === 0 ? 0 : (s1 * devices) / atOnce };
}

function moment(times: readonly (Instant | null)[]): LikelyMoment {
  const sorted = times.map((time) => time ?? Infinity).toSorted((a, b) => a - b);
  return { p50: known(quantile(sorted, 0.5)), p90: known(quantile(sorted, 0.9)) };
}

function known(time: number): Instant | null {
  return Number.isFinite(time) ? Math.round(time) : null;
}

function amount(values: readonly number[]): LikelyAmount {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted.length === 0 ? { p50: 0, p90: 0 } : { p50: quantile(sorted, 0.5), p90: quantile(sorted, 0.9) };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
