import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closing, MAX_WINDOW_LOOKS } from './closing.ts';
import { openUntilAll, recurring } from './opening.ts';

const NOON = Temporal.Instant.from('2026-11-21T12:00Z').epochMilliseconds;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

test('windows that open every second are given up after a bounded number of looks', () => {
  const windows = Array.from({ length: 20 }, () => recurring({ cron: '* * * * * ?', durationSeconds: 60 }, 'UTC'));
  const { closesAt, reached, looks } = closing(windows, { openTo: NOON, enough: Infinity });
  assert.equal(closesAt, null);
  assert.ok(reached > NOON);
  assert.ok(looks < MAX_WINDOW_LOOKS + 2 * windows.length, `${looks} looks`);
});

test('twenty windows that follow each other through the day are followed to the end of the last', () => {
  const hours = Array.from({ length: 20 }, (_, hour) => `0 0 ${hour} * * ?`);
  const windows = hours.map((cron) => recurring({ cron, durationSeconds: 3600 }, 'UTC'));
  const midnight = NOON + 12 * HOUR_MS;
  const openTo = openUntilAll(windows, midnight);
  assert.equal(openTo, midnight + HOUR_MS);
  assert.equal(closing(windows, { openTo, enough: Infinity }).closesAt, midnight + 20 * HOUR_MS);
});

test('a short window that opens within a longer one does not end it', () => {
  const windows = [
    recurring({ cron: '0 0 12 * * ?', durationSeconds: 7200 }, 'UTC'),
    recurring({ cron: '0 30 13 * * ?', durationSeconds: 3600 }, 'UTC'),
    recurring({ cron: '0 15 12 * * ?', durationSeconds: 600 }, 'UTC'),
  ];
  const { closesAt } = closing(windows, { openTo: NOON + 2 * HOUR_MS, enough: Infinity });
  assert.equal(closesAt, NOON + 2 * HOUR_MS + 30 * MINUTE_MS);
});

test('openings are followed no further than is enough', () => {
  const windows = [recurring({ cron: '0 0 * * * ?', durationSeconds: 3600 }, 'UTC')];
  const enough = NOON + 3 * HOUR_MS;
  assert.equal(closing(windows, { openTo: NOON, enough }).closesAt, enough);
});
