import type { Instant } from '../attempt.ts';
import type { RolloutPolicy } from '../policy.ts';
import type { Cohort, ForecastInput } from './forecast-input.ts';
import { MAX_FORECAST_RUNS } from './forecast.ts';
import { playOnce } from './one-run.ts';
import { MAX_EVENTS_PER_RUN, planOf } from './plan.ts';
import { quantile } from './quantile.ts';

/** What is doubled, or halved, to see which of them holds a rollout up most. */
export const SETTINGS = ['parallel', 'per-minute', 'per-site', 'window', 'poll-interval', 'soak'] as const;
export type Setting = (typeof SETTINGS)[number];

/** The setting that holds most, and when the last device would have it at twice of it (poll interval and soak: half). */
export type Bottleneck = { readonly setting: Setting; readonly end: Instant; readonly savedSeconds: number };

/** A gain below this share of the whole is none. */
const LEAST_GAIN = 0.03;
/** Each setting is played as often as the forecast, where its groups are few; a large rollout's are many and tell by a few runs. */
const MIN_RUNS_PER_SETTING = 5;
const GROUPS_PER_SETTING = 8000;
const LONGEST_WINDOW_SECONDS = 86_400;

/** Plays the rollout with each setting doubled, by the same chances as before; null: none of them makes a difference. */
export function bottleneckOf(input: ForecastInput): Bottleneck | null {
  const runs = runsOf(input);
  const before = endsOf(input, runs);
  const usual = middleOf(before);
  if (usual === null) return null;
  let best: Bottleneck | null = null;
  for (const setting of SETTINGS) {
    const eased = easedBy(input, setting);
    if (eased === null) continue;
    const after = endsOf(eased, runs);
    const pairs = before.flatMap((was, at) => pairOf(was, after[at] ?? null));
    const saved = pairs.reduce((sum, { was, is }) => sum + was - is, 0) / Math.max(1, pairs.length);
    const whole = pairs.reduce((sum, { was }) => sum + was - input.from, 0) / Math.max(1, pairs.length);
    const savedSeconds = Math.round(saved / 1000);
    if (saved > LEAST_GAIN * whole && savedSeconds > (best?.savedSeconds ?? 0))
      best = { setting, end: Math.round(usual - savedSeconds * 1000), savedSeconds };
  }
  return best;
}

function runsOf(input: ForecastInput): number {
  const { groupSize } = planOf(input);
  const groups = input.cohorts.reduce((sum, cohort) => sum + Math.ceil(cohort.devices / groupSize(cohort)), 0);
  const affordable = Math.floor(GROUPS_PER_SETTING / Math.max(1, groups));
  return Math.min(MAX_FORECAST_RUNS, Math.max(MIN_RUNS_PER_SETTING, affordable));
}

function endsOf(input: ForecastInput, runs: number): readonly (Instant | null)[] {
  const plan = planOf(input);
  return Array.from({ length: runs }, (_, number) => playOnce(plan, number, MAX_EVENTS_PER_RUN).lastSuccessAt);
}

/** As likely as not, of the runs in which some device has it; null: in none. */
function middleOf(ends: readonly (Instant | null)[]): Instant | null {
  const known = ends.filter((end) => end !== null).toSorted((a, b) => a - b);
  return known.length === 0 ? null : quantile(known, 0.5);
}

function pairOf(was: Instant | null, is: Instant | null): { readonly was: Instant; readonly is: Instant }[] {
  return was === null || is === null ? [] : [{ was, is }];
}

/** The rollout with one setting doubled; null: it has no such setting. */
function easedBy(input: ForecastInput, setting: Setting): ForecastInput | null {
  const { policy } = input;
  const { pace } = policy;
  switch (setting) {
    case 'parallel':
      return pace.parallel === null ? null : paced(input, { ...pace, parallel: pace.parallel * 2 });
    case 'per-minute':
      return pace.perMinute === null ? null : paced(input, { ...pace, perMinute: pace.perMinute * 2 });
    case 'per-site':
      return pace.perSite === null ? null : paced(input, { ...pace, perSite: pace.perSite * 2 });
    case 'window':
      return policy.windows.windows.length === 0 ? null : { ...input, policy: withLongerWindows(policy) };
    case 'poll-interval':
      return { ...input, cohorts: input.cohorts.map(pollingTwiceAsOften) };
    case 'soak':
      return input.phases.some(({ spec }) => spec.soakSeconds > 0) ? withShorterSoak(input) : null;
  }
}

function paced(input: ForecastInput, pace: RolloutPolicy['pace']): ForecastInput {
  return { ...input, policy: { ...input.policy, pace } };
}

function withLongerWindows(policy: RolloutPolicy): RolloutPolicy {
  const windows = policy.windows.windows.map((window) => ({
    ...window,
    durationSeconds: Math.max(window.durationSeconds, Math.min(2 * window.durationSeconds, LONGEST_WINDOW_SECONDS)),
  }));
  return { ...policy, windows: { ...policy.windows, windows } };
}

function pollingTwiceAsOften(cohort: Cohort): Cohort {
  return { ...cohort, pollSeconds: cohort.pollSeconds / 2 };
}

function withShorterSoak(input: ForecastInput): ForecastInput {
  const phases = input.phases.map((phase) => ({
    ...phase,
    spec: { ...phase.spec, soakSeconds: phase.spec.soakSeconds / 2 },
  }));
  return { ...input, phases };
}
