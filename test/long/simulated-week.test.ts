import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playWeek } from '../simulation/fleet-week.ts';

const DEVICES = 100_000;
const WITHIN_SECONDS = 600;
const LIMITS = { timeout: 3_600_000 };

test('a week of 100 000 devices and four rollouts keeps every promise, and plays in ten minutes', LIMITS, async (t) => {
  const figures = await playWeek({ seed: 1, devices: DEVICES, days: 7, tickMs: 60_000, inspectEvery: 200 });
  t.diagnostic(JSON.stringify(figures));
  assert.ok(figures.permissions > DEVICES / 4);
  assert.ok(figures.seconds <= WITHIN_SECONDS, `${figures.seconds} s`);
});
