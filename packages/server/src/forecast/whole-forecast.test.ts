import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ForecastShown } from './forecast-view.ts';
import { wholeForecast } from './whole-forecast.ts';

const SPAN_SECONDS = 900;
/** One Mbit/s for a span. */
const BYTES = (SPAN_SECONDS * 1_000_000) / 8;

test('what had flowed before a forecast was made belongs to its rollout', () => {
  const whole = wholeForecast(remaining([2, 1]), BYTES);
  assert.deepEqual(whole.bytes, { p50: 4 * BYTES, p90: 5 * BYTES });
  assert.deepEqual(whole.peakMbit, { p50: 3, p90: 4 });
  assert.deepEqual(
    whole.profile.map(({ mbit }) => mbit),
    [3, 1],
  );
});

test('a peak that comes later stays where what had flowed does not reach it', () => {
  assert.deepEqual(wholeForecast(remaining([0.5, 2]), BYTES).peakMbit, { p50: 2, p90: 3 });
  assert.deepEqual(wholeForecast(remaining([1.5, 2]), BYTES).peakMbit, { p50: 2.5, p90: 3 });
});

test('where nothing had flowed, and where nothing is to come, nothing is made up', () => {
  assert.deepEqual(wholeForecast(remaining([2, 1]), 0), remaining([2, 1]));
  assert.deepEqual(wholeForecast(remaining([]), BYTES).profile, []);
});

function remaining(mbits: readonly number[]): ForecastShown {
  const part = {
    bytes: { p50: 3 * BYTES, p90: 4 * BYTES },
    peakMbit: { p50: 2, p90: 3 },
    profile: mbits.map((mbit, at) => ({ at: new Date(at * SPAN_SECONDS * 1000).toISOString(), mbit })),
    profileSeconds: SPAN_SECONDS,
  };
  return part as unknown as ForecastShown;
}
