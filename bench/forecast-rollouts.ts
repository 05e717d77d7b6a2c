import { DEFAULT_POLICY, ONE_PHASE, type PhaseSpec, type RolloutPolicy } from '@updraft/core';
import { chance, pick } from './forecast-chance.ts';
import type { TrueRollout } from './forecast-truth.ts';

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;
const DAY_MS = DAY_SECONDS * 1000;
const START = Date.UTC(2027, 1, 2);

/** The rollout that everything is learnt from: one phase, every night, some at once, two more tries. */
export function earlierRollout(seed: number): TrueRollout {
  const retries = { ...DEFAULT_POLICY.retries, limit: 2, on: ['failed', 'rolled-back', 'timed-out'] as const };
  const policy = { ...policyOf(seed, 0), pace: { parallel: 500, perMinute: null, perSite: null }, retries };
  return { from: START - 40 * DAY_MS, policy, phases: [ONE_PHASE], phaseOf: () => 1, bytes: 60_000_000 };
}

/** One of many rollouts whose policy is drawn from `number`. */
export function laterRollout(seed: number, number: number, devices: number): TrueRollout {
  const its = (what: number) => chance(seed, 60 + what, number);
  const phases = pick(PHASES, its(1)).map((phase) => ({
    ...phase,
    soakSeconds: phase.soakSeconds * pick([0.5, 1, 4], its(2)),
  }));
  const bounds = boundsOf(phases, devices);
  const spread = (place: number) => (place * 7919) % devices;
  return {
    from: START + Math.floor(its(3) * 7 * DAY_MS),
    policy: policyOf(seed, number),
    phases,
    phaseOf: (place) => bounds.findIndex((upTo) => spread(place) < upTo) + 1,
    bytes: pick([30, 60, 120, 250], its(4)) * 1_000_000,
  };
}

function policyOf(seed: number, number: number): RolloutPolicy {
  const its = (what: number) => chance(seed, 80 + what, number);
  const window = {
    cron: `0 0 ${pick([22, 23, 0, 1], its(1))} * * ?`,
    durationSeconds: pick([2, 3, 4, 6], its(2)) * HOUR_SECONDS,
  };
  const on = ['failed', 'rolled-back', 'timed-out', 'silence', 'no-evidence'] as const;
  return {
    ...DEFAULT_POLICY,
    windows: { ...DEFAULT_POLICY.windows, windows: [window] },
    pace: {
      parallel: pick([null, 40, 100, 300, 1000], its(3)),
      perMinute: pick([null, null, 5, 20, 60], its(4)),
      perSite: pick([null, null, null, 3], its(5)),
    },
    retries: { ...DEFAULT_POLICY.retries, limit: pick([0, 1, 2, 3], its(6)), on },
    timeLimits: {
      ...DEFAULT_POLICY.timeLimits,
      downloadingSeconds: pick([6, 12, 24], its(7)) * HOUR_SECONDS,
      installingSeconds: pick([2, 4, 6], its(8)) * HOUR_SECONDS,
      awaitingEvidenceSeconds: pick([6, 12, 24], its(9)) * HOUR_SECONDS,
      silenceSeconds: pick([3, 4, 7], its(10)) * DAY_SECONDS,
    },
  };
}

const PHASES: readonly (readonly PhaseSpec[])[] = [
  [ONE_PHASE],
  [phase(5, 80, 6), { ...ONE_PHASE, successPercent: 80 }],
  [phase(1, 70, 12), phase(10, 80, 12), { ...ONE_PHASE, successPercent: 80 }],
  [phase(10, 85, 2), phase(30, 85, 2), { ...ONE_PHASE, successPercent: 85 }],
];

function phase(percent: number, successPercent: number, soakHours: number): PhaseSpec {
  return {
    ...ONE_PHASE,
    size: { by: 'percent', percent },
    successPercent,
    error: { percent: 15, minimum: 20 },
    soakSeconds: soakHours * HOUR_SECONDS,
  };
}

function boundsOf(phases: readonly PhaseSpec[], devices: number): readonly number[] {
  let upTo = 0;
  return phases.map(
    ({ size }) => (upTo = size.by === 'percent' ? upTo + Math.round((devices * size.percent) / 100) : devices),
  );
}
