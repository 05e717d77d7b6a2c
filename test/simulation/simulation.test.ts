import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playWeek } from './fleet-week.ts';

test('two days of 500 devices and three rollouts keep every promise', async (t) => {
  const figures = await playWeek({ seed: 1, devices: 500, days: 2, tickMs: 10_000, inspectEvery: 10 });
  t.diagnostic(JSON.stringify(figures));
  assert.ok(figures.permissions > 500);
});
