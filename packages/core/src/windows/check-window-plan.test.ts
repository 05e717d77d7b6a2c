import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_WINDOWS } from '../policy.ts';
import { checkWindowPlan, MAX_WINDOW_SECONDS, MIN_WINDOW_SECONDS, type WindowCheck } from './check-window-plan.ts';
import { isTimeZone } from './local-time.ts';
import type { BlackoutRule, WindowPlan } from './window-plan.ts';

const CHECK: WindowCheck = {
  zone: 'Europe/Rome',
  now: Temporal.Instant.from('2026-11-21T12:00Z').epochMilliseconds,
  shortestInstallSeconds: null,
};

test('a nightly window has no problem', () => {
  assert.deepEqual(checkWindowPlan(plan('0 0 22 * * ?', 6 * 3600), CHECK), []);
});

test('a wrong cron expression is told with its place and what was expected there', () => {
  assert.deepEqual(checkWindowPlan(plan('0 0 25 * * ?', 3600), CHECK), [
    {
      code: 'cron-invalid',
      severity: 'error',
      where: 'windows[0].cron',
      at: 4,
      found: '25',
      expected: 'hours from 0 to 23',
    },
  ]);
});

test('a cron expression that fires no more is refused, unless its last window is still open', () => {
  assert.deepEqual(codes(plan('0 0 0 30 2 ?', 3600)), ['error cron-never-fires']);
  assert.deepEqual(codes(plan('0 0 22 20 11 ? 2026', 3600)), ['error cron-never-fires']);
  assert.deepEqual(codes(plan('0 0 22 20 11 ? 2026', 86_400)), []);
});

for (const seconds of [MIN_WINDOW_SECONDS - 1, MAX_WINDOW_SECONDS + 1, 90.5, Number.NaN, -60]) {
  test(`a duration of ${seconds} seconds is refused`, () => {
    assert.deepEqual(codes(plan('0 0 22 * * ?', seconds)), ['error duration-invalid']);
  });
}

test('a window shorter than the shortest install seen is a warning', () => {
  const check = { ...CHECK, shortestInstallSeconds: 601 };
  assert.deepEqual(codes(plan('0 0 22 * * ?', 600), check), ['warning window-too-short']);
  assert.deepEqual(codes(plan('0 0 22 * * ?', 601), check), []);
});

test('a window that never closes is a warning, whatever the zone', () => {
  assert.deepEqual(codes(plan('0 0 0 * * ?', 86_400)), ['warning window-overlaps-itself']);
  assert.deepEqual(codes(plan('0 * * * * ?', 60)), ['warning window-overlaps-itself']);
  assert.deepEqual(codes(plan('0 0/30 22 * * ?', 3600)), []);
});

test('many windows are taken whose openings are far enough apart to be told one by one', () => {
  assert.deepEqual(codes(times(MAX_WINDOWS, '0 0/30 22 * * ?', 3600)), []);
});

test('windows that open too often together are refused at the one that is too much', () => {
  assert.deepEqual(codes(times(MAX_WINDOWS, '* * * * * ?', 60)), [
    'warning window-overlaps-itself',
    'warning window-overlaps-itself',
    'error windows-open-too-often',
  ]);
  const refused = checkWindowPlan(times(MAX_WINDOWS, '0 0/5 0-4 * * ?', 300), CHECK);
  assert.deepEqual(
    refused.map(({ code, where }) => [code, where]),
    [['windows-open-too-often', 'windows[1]']],
  );
});

test('more windows than a plan may have are refused unread', () => {
  assert.deepEqual(codes(times(MAX_WINDOWS + 1, 'no cron', 60)), ['error too-many-windows']);
});

for (const [from, to] of [
  ['2026-12-26', '2026-12-24'],
  ['2026-02-30', '2026-03-01'],
  ['2026-12-24T18:00', '2026-12-24T18:00'],
  ['24.12.2026', '26.12.2026'],
  ['2026-12-24', '2026-12-24T25:00'],
  ['2026-12-24T18:00Z', '2026-12-26'],
] as const) {
  test(`a blackout from ${from} to ${to} is refused`, () => {
    assert.deepEqual(codes(plan('0 0 22 * * ?', 3600, { from, to })), ['error blackout-invalid']);
  });
}

test('a plan all of whose openings fall into blackouts is refused', () => {
  const blackout = { from: '2026-12-01', to: '2026-12-31' };
  assert.deepEqual(codes(plan('0 0 22 24 12 ? 2026', 3600, blackout)), ['error plan-never-opens']);
});

test('a plan that opens only after a year or more is a warning, one that waits for a day of the year is not', () => {
  const years = { from: '2026-01-01', to: '2028-01-01' };
  assert.deepEqual(codes(plan('0 0 22 * * ?', 3600, years)), ['warning opens-late']);
  assert.deepEqual(codes(plan('0 0 22 1 1 ?', 3600)), []);
});

test('an unknown zone brings the nearest to mind', () => {
  const expectedOf = (zone: string) =>
    checkWindowPlan(plan('0 0 22 * * ?', 3600), { ...CHECK, zone })[0]?.expected ?? '';
  assert.match(expectedOf('Europe/Rom'), /; did you mean Europe\/Rome\?$/);
  assert.doesNotMatch(expectedOf('Mars/Olympus'), /did you mean/);
});

test('an unknown zone is told with all the other problems', () => {
  const check = { ...CHECK, zone: 'Mars/Olympus' };
  assert.deepEqual(codes(plan('0 0 22 * * ?', 1), check), ['error zone-unknown', 'error duration-invalid']);
});

for (const name of ['Europe/Rome', 'america/new_york', 'Etc/GMT+5', 'UTC', '+05:45', '-00:30']) {
  test(`"${name}" is a time zone`, () => assert.equal(isTimeZone(name), true));
}

for (const name of [
  '',
  'Rome',
  'Europe/',
  'Z',
  '+5',
  '+24:00',
  '+05:45:30',
  '2026-01-01T00:00[Europe/Rome]',
  'Europe/Rome ',
]) {
  test(`"${name}" is no time zone`, () => assert.equal(isTimeZone(name), false));
}

function plan(cron: string, durationSeconds: number, ...blackouts: readonly BlackoutRule[]): WindowPlan {
  return { windows: [{ cron, durationSeconds }], blackouts };
}

function times(count: number, cron: string, durationSeconds: number): WindowPlan {
  return { windows: Array.from({ length: count }, () => ({ cron, durationSeconds })), blackouts: [] };
}

function codes(checked: WindowPlan, check = CHECK): readonly string[] {
  return checkWindowPlan(checked, check).map(({ severity, code }) => `${severity} ${code}`);
}
