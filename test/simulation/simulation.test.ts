import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playWeek } from './fleet-week.ts';

test('a day of 300 devices and four rollouts keeps every promise', async (t) => {
  const figures = await playWeek({ seed: 1, devices: 300, days: 1, tickMs: 60_000, inspectEvery: 20 });
  t.diagnostic(JSON.stringify(figures));
  assert.ok(figures.permissions > 150);
});
