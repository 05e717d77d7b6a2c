import type { PromisedRules } from './permission-watch.ts';
import type { Installation } from './simulated-installation.ts';

export const BROKEN = '3.0-broken';
const GOOD = '2.0';
const MENDED = '3.1';
const ASKING = '3.2';
export const VERSIONS = [GOOD, BROKEN, MENDED, ASKING];

const HOUR_MS = 3_600_000;
const NIGHTLY = { cron: '0 0 22 * * ?', fromHour: 22, hours: 6 };
const RETRIES = {
  limit: 2,
  on: ['failed', 'rolled-back', 'timed-out', 'silence', 'booted-old-version'],
  firstSeconds: 1800,
};
const TIME_LIMITS = { silenceSeconds: 36 * 3600, awaitingEvidenceSeconds: 6 * 3600, cancelingSeconds: 4 * 3600 };
const ERROR = { percent: 20, minimum: 5 };
/** Of the fleet, one in so many is begun in a minute; the rest waits for a place. */
const DEVICES_PER_PLACE = 30_000;
const LEAST_PER_MINUTE = 3;

type RolloutRules = PromisedRules & {
  readonly version: string;
  readonly atMs: number;
  readonly body: Readonly<Record<string, unknown>>;
};

/** The rollouts of a week, by name: what they ask for, and what must hold of each of their permissions. */
export function rolloutsOf(devices: number): ReadonlyMap<string, RolloutRules> {
  const perMinute = Math.max(LEAST_PER_MINUTE, Math.round(devices / DEVICES_PER_PLACE));
  const parallel = Math.max(20, Math.round(devices / 100));
  return new Map<string, RolloutRules>([
    ['nightly', nightly({ parallel, perMinute })],
    ['broken', broken(parallel)],
    ['mended', mended(perMinute)],
    ['asking', asking()],
  ]);
}

/** Each night in each device's own time, in three phases. */
function nightly(pace: { readonly parallel: number; readonly perMinute: number }): RolloutRules {
  const windows = { windows: [{ cron: NIGHTLY.cron, durationSeconds: NIGHTLY.hours * 3600 }], zone: 'UTC' };
  const phases = [
    { size: { by: 'percent', percent: 5 }, successPercent: 60, error: ERROR, soakSeconds: 3600 },
    { size: { by: 'percent', percent: 35 }, successPercent: 60, error: ERROR },
    { error: ERROR },
  ];
  const policy = { windows, pace, retries: RETRIES, timeLimits: TIME_LIMITS };
  return { version: GOOD, atMs: HOUR_MS, window: NIGHTLY, perMinute: pace.perMinute, body: { policy, phases } };
}

/** It fails on every second device: the first phase crosses its error threshold, and an operator stops it. */
function broken(parallel: number): RolloutRules {
  const policy = { retries: { ...RETRIES, limit: 1 }, timeLimits: TIME_LIMITS, pace: { parallel } };
  const phases = [{ size: { by: 'percent', percent: 20 }, error: ERROR }, { error: ERROR }];
  const body = { filter: 'name==gw-*1', policy, phases };
  return { version: BROKEN, atMs: 6 * HOUR_MS, window: null, perMinute: null, body };
}

/** Somebody else than its author approves of it an hour later. */
function mended(perMinute: number): RolloutRules {
  const policy = { approval: 'required', retries: RETRIES, timeLimits: TIME_LIMITS, pace: { perMinute } };
  return { version: MENDED, atMs: 12 * HOUR_MS, window: null, perMinute, body: { filter: 'name==gw-*1', policy } };
}

/** Only whose user has said yes gets it; the users are asked by an operator. */
function asking(): RolloutRules {
  const policy = { consent: { required: true }, retries: RETRIES, timeLimits: TIME_LIMITS };
  return {
    version: ASKING,
    atMs: 14 * HOUR_MS,
    window: null,
    perMinute: null,
    asksUsers: true,
    body: { filter: 'name==gw-*42', policy },
  };
}

/** What operators do, by the clock of the week. */
export function actsOf(installation: Installation, rollouts: ReadonlyMap<string, RolloutRules>) {
  const at = (hours: number, act: () => Promise<void>) => ({ atMs: hours * HOUR_MS, act });
  const starts = [...rollouts].map(([name, { version, atMs, body }]) => ({
    atMs,
    act: () => installation.startRollout(name, version, body),
  }));
  return [
    ...starts,
    at(10, () => installation.act('nightly', 'pause')),
    at(10.5, () => installation.act('nightly', 'resume')),
    at(11.5, () => installation.act('broken', 'stop')),
    at(13, () => installation.act('mended', 'approve')),
    at(15, () => installation.answerForUsers('asking')),
  ];
}
