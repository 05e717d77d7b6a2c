import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBelieved, lookAtClock, type ClockBelief } from './clock-belief.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365 * DAY_MS;
const NOW = Date.parse('2026-11-22T12:00:00Z');

/** What is believed after each of these looks. */
function believedAt(...looks: readonly number[]): readonly boolean[] {
  let belief: ClockBelief | null = null;
  return looks.map((at) => {
    belief = lookAtClock(belief, NOW + at);
    return isBelieved(belief);
  });
}

test('a clock that goes on is believed, and the first that is seen', () => {
  assert.deepEqual(believedAt(0, 10 * MINUTE_MS, 20 * MINUTE_MS, 20 * MINUTE_MS + DAY_MS - 1), [
    true,
    true,
    true,
    true,
  ]);
});

test('a clock that leaps is believed when it has gone on for a day', () => {
  const leapt = [0, HOUR_MS, 12 * HOUR_MS, DAY_MS - 1, DAY_MS].map((at) => YEAR_MS + at);
  assert.deepEqual(believedAt(0, ...leapt), [true, false, false, false, false, true]);
});

test('a clock that is put back to where it was is believed at once, and one that is set right by seconds is not', () => {
  assert.deepEqual(believedAt(0, YEAR_MS, YEAR_MS - 3000, HOUR_MS, 2 * HOUR_MS), [true, false, false, true, true]);
});

test('a clock that leaps on while it is not believed is waited for anew', () => {
  assert.deepEqual(believedAt(0, YEAR_MS, 2 * YEAR_MS, 2 * YEAR_MS + DAY_MS - 1), [true, false, false, false]);
});
