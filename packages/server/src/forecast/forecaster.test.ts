import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_POLICY, ONE_PHASE } from '@updraft/core';
import { createForecaster, ForecastUnavailable } from './forecaster.ts';
import type { ForecastFacts } from './forecast-question.ts';

test('questions are answered one after the other, and more than a few at once are told to come again', async () => {
  await using forecaster = createForecaster();
  const asked = Array.from({ length: 5 }, () => forecaster.play(NOTHING_OPEN, { bottleneck: false }));
  const answers = await Promise.allSettled(asked);
  assert.deepEqual(
    answers.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'fulfilled', 'rejected'],
  );
  await assert.rejects(asked.at(-1) ?? Promise.resolve(), { why: 'busy' });
});

test('a question that fails ends its thread, and the next one is answered by a new one', async () => {
  await using forecaster = createForecaster();
  const broken = { ...NOTHING_OPEN, phases: null } as unknown as ForecastFacts;
  await assert.rejects(forecaster.play(broken), { why: 'failed' });
  const { forecast } = await forecaster.play(NOTHING_OPEN);
  assert.equal(forecast.devices, 5);
});

test('who waits when the server stops is told so', async () => {
  const forecaster = createForecaster();
  const waiting = forecaster.play(NOTHING_OPEN);
  const ended = assert.rejects(waiting, (error) => error instanceof ForecastUnavailable && error.why === 'ending');
  await forecaster[Symbol.asyncDispose]();
  await ended;
  await assert.rejects(forecaster.play(NOTHING_OPEN), { why: 'ending' });
});

const NOTHING_OPEN: ForecastFacts = {
  now: 0,
  from: 0,
  policy: DEFAULT_POLICY,
  standing: { state: 'running', reason: null },
  phases: [
    {
      spec: ONE_PHASE,
      state: 'started',
      startedAt: 0,
      reachedAt: 0,
      crossedAt: null,
      succeeded: 5,
      failed: 0,
      withdrawn: 0,
      erred: 0,
    },
  ],
  open: [0],
  devices: [],
  bytes: 1,
  history: { stages: [], ends: [], certainty: 'measured' },
  seed: '',
};
