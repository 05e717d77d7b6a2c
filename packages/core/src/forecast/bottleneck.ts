import type { Instant } from '../attempt.ts';
import type { RolloutPolicy } from '../policy.ts';
import type { Cohort, ForecastInput } from './forecast-input.ts';
import { playOnce } from './one-run.ts';
import { MAX_EVENTS_PER_RUN, planOf } from './plan.ts';

/** What is doubled, or halved, to see which of them holds a rollout up most. */
export const SETTINGS = ['parallel', 'per-minute', 'per-site', 'window', 'poll-interval', 'soak'] as const;
export type Setting = (typeof SETTINGS)[number];

/** The setting that holds most, and when the last device would have it at twice of it (poll interval and soak: half). */
export type Bottleneck = { readonly setting: Setting; readonly end: Instant; readonly savedSeconds: number };

/** A gain below this share of the whole is none. */
const LEAST_GAIN = 0.03;
const RUNS_PER_SETTING = 5;
const LONGEST_WINDOW_SECONDS = 86_400;

/** Plays the rollout with each setting doubled, by the same chances as before; null: none of them makes a difference. */
export function bottleneckOf(input: ForecastInput): Bottleneck | null {
  const before = endsOf(input);
  let best: Bottleneck | null = null;
  for (const setting of SETTINGS) {
    const eased = easedBy(input, setting);
    if (eased === null) continue;
    const after = endsOf(eased);
    const pairs = before.flatMap((was, at) => pairOf(was, after[at] ?? null));
    const saved = pairs.reduce((sum, { was, is }) => sum + was - is, 0) / Math.max(1, pairs.length);
    const whole = pairs.reduce((sum, { was }) => sum + was - input.from, 0) / Math.max(1, pairs.length);
    const end = pairs.map(({ is }) => is).toSorted((a, b) => a - b)[Math.floor(pairs.length / 2)] ?? input.from;
    if (saved > LEAST_GAIN * whole && saved > (best?.savedSeconds ?? 0) * 1000)
      best = { setting, end: Math.round(end), savedSeconds: Math.round(saved / 1000) };
  }
  return best;
}

function endsOf(input: ForecastInput): readonly (Instant | null)[] {
  const plan = planOf(input);
  return Array.from(
    { length: RUNS_PER_SETTING },
    (_, number) => playOnce(plan, number, MAX_EVENTS_PER_RUN).lastSuccessAt,
  );
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
