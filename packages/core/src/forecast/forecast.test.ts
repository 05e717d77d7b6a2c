import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ONE_PHASE, type PhaseSpec } from '../phase-spec.ts';
import { DEFAULT_POLICY, type RolloutPolicy } from '../policy.ts';
import { bottleneckOf } from './bottleneck.ts';
import { forecast } from './forecast.ts';
import { FRESH, waitingPhase, type Cohort, type ForecastInput, type History } from './forecast-input.ts';
import { logBucketOf } from './log-bucket.ts';

const HOUR_MS = 3_600_000;
const FROM = Date.UTC(2026, 10, 21, 12);

test('pace sets the length: S_N is S_1 times N over N_p', () => {
  const input = anInput({ cohorts: [aCohort({ devices: 300 })], policy: { pace: paced({ parallel: 15 }) } });
  const found = forecast(input);
  const expected = (300 * 300) / 15;
  assert.ok(Math.abs(found.paper.s1 - 300) < 45, `S_1 ${found.paper.s1}`);
  const took = ((found.end.p50 ?? 0) - FROM) / 1000;
  assert.ok(took > expected * 0.9 && took < expected * 1.5, `${took} s, expected about ${expected}`);
  assert.ok((found.end.p90 ?? 0) >= (found.end.p50 ?? 0));
  assert.equal(bottleneckOf(input)?.setting, 'parallel');
});

test('what the bottleneck would gain is taken off the end that the forecast tells', () => {
  for (const history of [HISTORY, { ...HISTORY, stages: [], ends: [] }]) {
    const input = anInput({ history, cohorts: [aCohort({ devices: 40 })], policy: { pace: paced({ parallel: 2 }) } });
    const { lastSuccess } = forecast(input);
    const { setting, end, savedSeconds } = bottleneckOf(input) ?? { setting: null, end: 0, savedSeconds: 0 };
    assert.equal(setting, 'parallel');
    assert.equal(end + savedSeconds * 1000, lastSuccess.p50);
  }
});

test('nothing begins while the window is shut, and each night takes its part', () => {
  const windows = { ...DEFAULT_POLICY.windows, windows: [{ cron: '0 0 22 * * ?', durationSeconds: 2 * 3600 }] };
  const pace = paced({ parallel: 10 });
  const found = forecast(anInput({ cohorts: [aCohort({ devices: 500 })], policy: { windows, pace } }));
  // 10 places, 2 h, 5 min each: some 250 a night.
  assert.ok((found.end.p50 ?? 0) > FROM + (10 + 24) * HOUR_MS);
  assert.ok((found.end.p50 ?? 0) < FROM + (10 + 3 * 24) * HOUR_MS);
  assert.ok(found.profile.every(({ at }) => new Date(at).getUTCHours() >= 21 || new Date(at).getUTCHours() === 0));
});

test('who was never in contact, or never while a window is open, is told with the reason', () => {
  const windows = { ...DEFAULT_POLICY.windows, windows: [{ cron: '0 0 22 * * ?', durationSeconds: 2 * 3600 }] };
  const own = Array.from({ length: 14 }, (_, day) => ({ day, mask: 0b1111 << 8 }));
  const byDay = { own, others: [], lastContactAt: FROM };
  const found = forecast(
    anInput({
      cohorts: [
        aCohort({ devices: 10 }),
        aCohort({ devices: 3, contact: { own: [], others: [], lastContactAt: null } }),
        aCohort({ devices: 4, contact: byDay }),
      ],
      policy: { windows },
    }),
  );
  assert.equal(found.missed['never-in-contact'].p50, 3);
  assert.equal(found.missed['offline-in-windows'].p50, 4);
  assert.equal(found.succeeded.p50, 10);
  assert.deepEqual(found.end, { p50: null, p90: null });
  assert.notEqual(found.lastSuccess.p50, null);
});

test('who polls twice a day is told of the window before it opens, and takes the update in it', () => {
  const windows = { ...DEFAULT_POLICY.windows, windows: [{ cron: '0 0 22 * * ?', durationSeconds: 2 * 3600 }] };
  const cohorts = [aCohort({ devices: 100, pollSeconds: 12 * 3600 })];
  const found = forecast(anInput({ cohorts, policy: { windows } }));
  assert.deepEqual([found.succeeded.p90, found.missed['window-too-short'].p90], [100, 0]);
  assert.ok((found.lastSuccess.p90 ?? 0) < FROM + 2 * 24 * HOUR_MS, 'in the first night or in the second');
});

test('too many failures cross the error threshold, and it is told when and how many had erred', () => {
  const failed = { deviceType: 0, ordinal: 1, state: 'failed', reason: 'failed', stage: 'prepare', n: 20 } as const;
  const history = { ...HISTORY, ends: [failed, { ...failed, state: 'succeeded', n: 80 } as const] };
  const phases = [aPhase({ error: { percent: 5, minimum: 10 } })];
  const found = forecast(anInput({ history, phases, cohorts: [aCohort({ devices: 400 })] }));
  assert.equal(found.errorThreshold.share, 1);
  assert.ok(found.errorThreshold.erred.p50 >= 21 && found.errorThreshold.erred.p50 <= 24);
  assert.equal(found.end.p50, null);
});

test('the next phase starts when the one before has reached its threshold and soaked', () => {
  const phases = [aPhase({ soakSeconds: 7200 }), aPhase({})];
  const cohorts = [aCohort({ devices: 50 }), aCohort({ devices: 50, phase: 1 })];
  const found = forecast(anInput({ phases, cohorts }));
  const [first, second] = found.phases;
  assert.equal(second?.start.p50, (first?.reached.p50 ?? 0) + 2 * HOUR_MS);
});

test('the same input gives the same forecast', () => {
  const input = anInput({ cohorts: [aCohort({ devices: 200 })] });
  assert.deepEqual(forecast(input), forecast(input));
});

test('a rollout that runs is forecast from what remains of it', () => {
  const working = {
    ordinal: 1,
    erred: false,
    at: { state: 'working', stage: 'install', since: FROM - 60_000 },
  } as const;
  const phase = { ...aPhase({}), state: 'started', startedAt: FROM - HOUR_MS, succeeded: 90 } as const;
  const found = forecast(
    anInput({
      standing: { state: 'running', reason: null },
      phases: [phase],
      cohorts: [aCohort({ devices: 10, progress: working })],
    }),
  );
  assert.equal(found.devices, 100);
  assert.equal(found.succeeded.p50, 100);
  assert.ok((found.end.p50 ?? 0) < FROM + HOUR_MS / 4);
});

test('a fleet that was never in contact is given up by the sweep, and nothing of it ends but by silence', () => {
  const unseen = { own: [], others: [], lastContactAt: null };
  const found = forecast(anInput({ cohorts: [aCohort({ devices: 100, contact: unseen })] }));
  assert.deepEqual([found.missed['never-in-contact'].p50, found.succeeded.p90], [100, 0]);
  assert.deepEqual(found.lastSuccess, { p50: null, p90: null });
  assert.equal(bottleneckOf(anInput({ cohorts: [aCohort({ devices: 100, contact: unseen })] })), null);
});

test('who waits for longer than the limit of silence, and polls meanwhile, is not silent', () => {
  const waits = { ordinal: 2, erred: true, at: { state: 'waiting', notBefore: FROM + 24 * HOUR_MS } } as const;
  const timeLimits = { ...DEFAULT_POLICY.timeLimits, silenceSeconds: 3600 };
  const retries = { ...DEFAULT_POLICY.retries, limit: 1 };
  const phase = { ...aPhase({}), state: 'started', startedAt: FROM - HOUR_MS } as const;
  const told = (contact: Cohort['contact']) =>
    forecast(
      anInput({
        standing: { state: 'running', reason: null },
        phases: [phase],
        cohorts: [aCohort({ devices: 10, progress: waits, contact })],
        policy: { timeLimits, retries },
      }),
    );
  assert.equal(told({ own: [], others: [], lastContactAt: FROM }).missed.silent.p90, 0);
  const mornings = Array.from({ length: 14 }, (_, day) => ({ day, mask: 0b1111 << 8 }));
  assert.equal(told({ own: mornings, others: [], lastContactAt: FROM }).missed.silent.p50, 10);
});

test('windows that never open again have no end in sight', () => {
  const windows = { ...DEFAULT_POLICY.windows, windows: [{ cron: '0 0 0 30 2 ?', durationSeconds: 3600 }] };
  const found = forecast(anInput({ cohorts: [aCohort({ devices: 5 })], policy: { windows } }));
  assert.deepEqual([found.end.p50, found.missed['offline-in-windows'].p50], [null, 5]);
});

test('without any history a prior stands in, and the forecast is wider', () => {
  const none: History = { stages: [], ends: [], certainty: 'measured' };
  const widthOf = (history: History) => {
    const { end } = forecast(anInput({ history, cohorts: [aCohort({})] }));
    return (end.p90 ?? 0) - (end.p50 ?? 0);
  };
  assert.equal(forecast(anInput({ history: none, cohorts: [aCohort({})] })).measured, false);
  assert.ok(widthOf(none) > widthOf(HISTORY));
});

test('a million devices at one a minute take as many minutes, and few steps to say so', () => {
  const cohorts = [aCohort({ devices: 1_000_000 })];
  const found = forecast(anInput({ cohorts, policy: { pace: paced({ perMinute: 1 }) } }), 2);
  const days = ((found.end.p50 ?? 0) - FROM) / (24 * HOUR_MS);
  assert.ok(days > 694 && days < 696, `${days} days`);
  assert.ok(found.peakMbit.p50 < 20, `${found.peakMbit.p50} Mbit/s`);
});

test('what would take decades is reckoned by the pace of its beginning', () => {
  const windows = { ...DEFAULT_POLICY.windows, windows: [{ cron: '0 0 22 * * ?', durationSeconds: 2 * 3600 }] };
  const cohorts = [aCohort({ devices: 1_000_000 })];
  const found = forecast(anInput({ cohorts, policy: { windows, pace: paced({ perMinute: 1 }) } }), 1);
  const years = ((found.end.p50 ?? 0) - FROM) / (365 * 24 * HOUR_MS);
  assert.equal(found.reckoned, true);
  assert.ok(years > 22 && years < 24, `${years} years`);
  assert.ok(found.succeeded.p50 > 990_000);
});

test('a rollout that was paused by its error threshold goes on when resumed, and does not fire again', () => {
  const crossed = { state: 'started', startedAt: FROM - HOUR_MS, crossedAt: FROM - 1, erred: 5, failed: 5 } as const;
  const phases = [{ ...aPhase({ error: { percent: 1, minimum: 1 } }), ...crossed }];
  const standing = { state: 'paused', reason: 'error-threshold' } as const;
  const found = forecast(anInput({ standing, phases, cohorts: [aCohort({ devices: 50 })] }));
  assert.deepEqual([found.errorThreshold.share, found.succeeded.p50], [0, 50]);
});

test('an update that is only downloaded is over with its last byte, and cannot fail in its installation', () => {
  const ends = [{ deviceType: 0, ordinal: 1, state: 'failed', reason: 'failed', stage: 'prepare', n: 5000 } as const];
  const action = { kind: 'download-only' } as const;
  const input = { history: { ...HISTORY, ends }, cohorts: [aCohort({ devices: 20 })] };
  const found = forecast(anInput({ ...input, policy: { action } }));
  assert.deepEqual([found.succeeded.p50, found.missed.failed.p90], [20, 0]);
  assert.ok(found.paper.s1 > 80 && found.paper.s1 < 130, `S_1 ${found.paper.s1}: 1 s to begin, 100 s to download`);
  assert.equal(forecast(anInput(input)).succeeded.p90, 0);
});

test('a phase whose devices ask their users says so', () => {
  const phases = [aPhase({ asksConsent: true }), aPhase({})];
  const found = forecast(anInput({ phases, cohorts: [aCohort({})] }));
  assert.deepEqual(
    found.phases.map(({ asksConsent }) => asksConsent),
    [true, false],
  );
});

test('of a rollout that is over nothing is left', () => {
  const done = {
    ...aPhase({}),
    state: 'started',
    startedAt: FROM - HOUR_MS,
    reachedAt: FROM - 1,
    succeeded: 5,
  } as const;
  const found = forecast(anInput({ standing: { state: 'running', reason: null }, phases: [done] }));
  assert.deepEqual([found.end.p50, found.succeeded.p50, found.bytes.p90], [FROM, 5, 0]);
});

test('a phase that a person starts is taken to be started as soon as may be, and says so', () => {
  const phases = [aPhase({ next: 'hand' }), aPhase({})];
  const found = forecast(anInput({ phases, cohorts: [aCohort({ devices: 5 }), aCohort({ devices: 5, phase: 1 })] }));
  assert.deepEqual(
    found.phases.map(({ byHand }) => byHand),
    [false, true],
  );
  assert.equal(found.phases[1]?.start.p50, found.phases[0]?.reached.p50);
});

const HISTORY: History = {
  certainty: 'measured',
  stages: [
    { deviceType: 0, link: 5, stage: 'begin', bucket: logBucketOf(1000), n: 5000 },
    { deviceType: 0, link: 5, stage: 'download', bucket: logBucketOf(1_000_000), n: 5000 },
    { deviceType: 0, link: 5, stage: 'prepare', bucket: logBucketOf(1000), n: 5000 },
    { deviceType: 0, link: 5, stage: 'install', bucket: logBucketOf(198_000), n: 5000 },
  ],
  ends: [{ deviceType: 0, ordinal: 1, state: 'succeeded', reason: '', stage: 'prepare', n: 5000 }],
};

function aCohort(wish: Partial<Cohort>): Cohort {
  const contact = { own: [], others: [], lastContactAt: FROM - 60_000 };
  return {
    phase: 0,
    devices: 1,
    deviceType: 0,
    link: 5,
    zone: 'Europe/Rome',
    pollSeconds: 300,
    contact,
    site: null,
    progress: FRESH,
    ...wish,
  };
}

function aPhase(spec: Partial<PhaseSpec>): ForecastInput['phases'][number] {
  return waitingPhase({ ...ONE_PHASE, successPercent: 90, ...spec });
}

function anInput({
  policy,
  ...wish
}: Partial<Omit<ForecastInput, 'policy'>> & { readonly policy?: Partial<RolloutPolicy> }): ForecastInput {
  return {
    from: FROM,
    standing: { state: 'ready', reason: null },
    phases: [aPhase({})],
    cohorts: [],
    bytes: 100_000_000,
    history: HISTORY,
    seed: 'test',
    ...wish,
    policy: { ...DEFAULT_POLICY, ...policy },
  };
}

function paced(pace: Partial<RolloutPolicy['pace']>): RolloutPolicy['pace'] {
  return { ...DEFAULT_POLICY.pace, ...pace };
}
