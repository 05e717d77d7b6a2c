import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeWindow } from './describe-window.ts';
import { windowAt } from './window-at.ts';
import type { WindowPlan } from './window-plan.ts';

const NIGHTLY: WindowPlan = {
  windows: [{ cron: '0 0 22 * * ?', durationSeconds: 6 * 3600 }],
  blackouts: [{ from: '2026-12-24', to: '2026-12-26' }],
};

for (const [now, words] of [
  ['2026-11-21T17:48Z', 'window opens 22:00 Europe/Rome, in 3 h 12 min'],
  ['2026-11-21T22:00Z', 'window open until 04:00 Europe/Rome'],
  ['2026-12-23T22:00Z', 'window open until 00:00 Europe/Rome'],
  [
    '2026-12-24T12:30Z',
    'blackout until 2026-12-27 00:00 Europe/Rome, window opens 2026-12-27 00:00 Europe/Rome, in 2 d 11 h',
  ],
] as const) {
  test(`at ${now} a nightly window is told as "${words}"`, () => assert.equal(told(NIGHTLY, now), words));
}

test('a window that never closes, and one that never opens, are told without a time', () => {
  assert.equal(told({ windows: [], blackouts: [] }, '2026-11-21T12:00Z'), 'window open');
  const over = { windows: [{ cron: '0 0 22 * * ? 2025', durationSeconds: 60 }], blackouts: [] };
  assert.equal(told(over, '2026-11-21T12:00Z'), 'no window opens any more');
});

function told(plan: WindowPlan, time: string): string {
  const now = Temporal.Instant.from(time).epochMilliseconds;
  return describeWindow(windowAt(plan, 'Europe/Rome', now), now);
}
