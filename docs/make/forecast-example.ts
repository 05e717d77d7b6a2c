import {
  bottleneckOf,
  cohortsOf,
  CONTACT_DAYS,
  contactPatternOf,
  DEFAULT_POLICY,
  forecast,
  FRESH,
  linkOf,
  measuredStages,
  ONE_PHASE,
  UNKNOWN_LINK,
  waitingPhase,
  type AttemptTimes,
  type ForecastInput,
  type History,
  type PhaseSpec,
  type SampledDevice,
} from '@updraft/core';

/** The rollout that the page on forecasts shows: made up, and foretold by the code that foretells real ones. */
export function foretoldExample() {
  return { forecast: forecast(EXAMPLE, RUNS), bottleneck: bottleneckOf(EXAMPLE) };
}

export const ZONE = 'Europe/Rome';
export const DEVICES = 1200;
export const WINDOW = { cron: '0 0 22 * * ?', durationSeconds: 4 * 3600 };
export const PARALLEL = 6;

const FROM = Date.UTC(2027, 2, 1, 9);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BYTES = 80_000_000;
/** Fewer than real forecasts have: this one is made at each test. */
const RUNS = 15;
const NIGHT_HOURS = [21, 22, 23, 0, 1];

export const SIZES = [12, 240, DEVICES - 252];
const PHASES: readonly PhaseSpec[] = [
  { ...ONE_PHASE, name: 'canaries', successPercent: 75, error: { percent: 30, minimum: 3 }, soakSeconds: 12 * 3600 },
  { ...ONE_PHASE, name: 'a fifth', successPercent: 80, error: { percent: 15, minimum: 5 }, soakSeconds: 12 * 3600 },
  { ...ONE_PHASE, name: 'everyone' },
];

const EXAMPLE: ForecastInput = {
  from: FROM,
  policy: {
    ...DEFAULT_POLICY,
    windows: { ...DEFAULT_POLICY.windows, windows: [WINDOW], zone: ZONE },
    pace: { ...DEFAULT_POLICY.pace, parallel: PARALLEL },
    retries: { ...DEFAULT_POLICY.retries, limit: 2 },
  },
  standing: { state: 'ready', reason: null },
  phases: PHASES.map((spec) => waitingPhase(spec)),
  cohorts: cohortsOf(
    Array.from({ length: DEVICES / 4 }, (_, at) => aDevice(at)),
    SIZES,
  ),
  bytes: BYTES,
  history: pastOf(800),
  seed: 'page',
};

/** Some are there on most nights only, some never were. */
function aDevice(at: number): SampledDevice {
  const today = Math.floor(FROM / DAY_MS);
  const isAlways = at % 4 !== 0;
  const days = Array.from({ length: CONTACT_DAYS }, (_, ago) => {
    const night = NIGHT_HOURS.reduce((mask, hour) => mask | (1 << hour), 0);
    return { day: today - 1 - ago, mask: isAlways ? 2 ** 24 - 1 : (at + ago) % 3 === 0 ? 0 : night };
  });
  const lastContactAt = at % 150 === 7 ? null : FROM - HOUR_MS;
  return {
    deviceType: 1,
    link: linkOf(attemptOf(at)) ?? UNKNOWN_LINK,
    zone: ZONE,
    pollSeconds: 300,
    contact: contactPatternOf({ days: lastContactAt === null ? [] : days, lastContactAt, knownSince: 0 }, FROM),
    site: null,
    progress: FRESH,
  };
}

/** Past attempts, of which two in a hundred failed. */
function pastOf(attempts: number): History {
  const failed = {
    deviceType: 1,
    ordinal: 1,
    state: 'failed',
    reason: 'failed',
    stage: 'prepare',
    n: 0.02 * attempts,
  } as const;
  return {
    certainty: 'measured',
    stages: Array.from({ length: attempts }, (_, at) => attemptOf(at)).flatMap((times) =>
      measuredStages(times).map((measured) => {
        return { ...measured, deviceType: 1, link: linkOf(times) ?? UNKNOWN_LINK, n: 1 };
      }),
    ),
    ends: [failed, { ...failed, state: 'succeeded', reason: '', n: 0.98 * attempts }],
  };
}

/** A minute or two of download, four or five of installation. */
function attemptOf(at: number): AttemptTimes {
  const [begun, downloaded] = [2000, 60_000 + (at % 7) * 10_000];
  const installing = begun + downloaded + 3000;
  return {
    state: 'succeeded',
    offeredAt: 0,
    begunAt: begun,
    downloadedAt: begun + downloaded,
    installOfferedAt: 0,
    installingAt: installing,
    endedAt: installing + 220_000 + (at % 11) * 10_000,
    contactAt: null,
    bytes: BYTES,
  };
}
