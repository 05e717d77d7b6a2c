import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstWindowOpening, windowAt } from './window-at.ts';
import type { BlackoutRule, WindowPlan } from './window-plan.ts';

const HOUR_SECONDS = 3600;

test('without windows updates may always install', () => {
  assert.deepEqual(windowAt({ windows: [], blackouts: [] }, 'Europe/Rome', at('2026-11-21T12:00Z')), {
    isOpen: true,
    changesAt: null,
    opensAt: null,
    closesAt: null,
    blackoutUntil: null,
    zone: 'Europe/Rome',
  });
});

test('a closed window says when it opens, an open one when it closes', () => {
  assert.equal(moment(nightly(), 'Europe/Rome', '2026-11-21T12:00Z').opensAt, '2026-11-21T22:00:00+01:00');
  assert.equal(moment(nightly(), 'Europe/Rome', '2026-11-21T21:00Z').closesAt, '2026-11-22T04:00:00+01:00');
});

test('a window in progress counts, to the last millisecond', () => {
  const closes = at('2026-11-22T03:00Z');
  assert.equal(windowAt(nightly(), 'Europe/Rome', closes - 1).isOpen, true);
  assert.equal(windowAt(nightly(), 'Europe/Rome', closes).isOpen, false);
  const opens = at('2026-11-21T21:00Z');
  assert.equal(windowAt(nightly(), 'Europe/Rome', opens - 1).isOpen, false);
  assert.equal(windowAt(nightly(), 'Europe/Rome', opens).isOpen, true);
});

test('an opening that the clock leaps over comes at the first instant after the leap', () => {
  const plan = opening('0 30 2 * * ?', HOUR_SECONDS);
  const spring = moment(plan, 'Europe/Rome', '2027-03-28T00:00Z');
  assert.equal(spring.opensAt, '2027-03-28T03:00:00+02:00');
  assert.equal(moment(plan, 'Europe/Rome', '2027-03-28T01:00Z').closesAt, '2027-03-28T04:00:00+02:00');
});

test('an opening that the clock shows twice comes the first time only', () => {
  const plan = opening('0 30 2 * * ?', 600);
  assert.equal(moment(plan, 'Europe/Rome', '2026-10-25T00:00Z').opensAt, '2026-10-25T02:30:00+02:00');
  assert.equal(moment(plan, 'Europe/Rome', '2026-10-25T00:40Z').opensAt, '2026-10-26T02:30:00+01:00');
});

test('a window over a change of the clock stays whole: its duration is elapsed time', () => {
  assert.equal(moment(nightly(), 'Europe/Rome', '2026-10-24T20:00Z').closesAt, '2026-10-25T03:00:00+01:00');
  assert.equal(moment(nightly(), 'Europe/Rome', '2027-03-27T21:00Z').closesAt, '2027-03-28T05:00:00+02:00');
});

test('a day that a zone leaps over has its opening at the first instant after it', () => {
  const plan = opening('0 0 22 30 12 ? 2011', HOUR_SECONDS);
  assert.equal(moment(plan, 'Pacific/Apia', '2011-12-29T12:00Z').opensAt, '2011-12-31T00:00:00+14:00');
});

test('windows that touch or overlap are one', () => {
  const plan = {
    windows: [
      { cron: '0 0 22 * * ?', durationSeconds: 2 * HOUR_SECONDS },
      { cron: '0 0 0 * * ?', durationSeconds: HOUR_SECONDS },
      { cron: '0 30 23 * * ?', durationSeconds: 2 * HOUR_SECONDS },
    ],
    blackouts: [],
  };
  assert.equal(moment(plan, 'UTC', '2026-11-21T22:30Z').closesAt, '2026-11-22T01:30:00+00:00');
});

test('a window that runs into a blackout closes at its start', () => {
  const plan = nightly({ from: '2026-12-24', to: '2026-12-26' });
  assert.equal(moment(plan, 'Europe/Rome', '2026-12-23T22:00Z').closesAt, '2026-12-24T00:00:00+01:00');
});

test('a blackout of dates ends with its last day, and what was open by then goes on', () => {
  const plan = nightly({ from: '2026-12-24', to: '2026-12-26' });
  const inside = moment(plan, 'Europe/Rome', '2026-12-25T22:00Z');
  assert.equal(inside.blackoutUntil, '2026-12-27T00:00:00+01:00');
  assert.equal(inside.opensAt, '2026-12-27T00:00:00+01:00');
});

test('a blackout of dates is over at the first midnight behind it, though the clock shows two', () => {
  const plan = { windows: [], blackouts: [{ from: '2026-10-30', to: '2026-10-31' }] };
  assert.equal(moment(plan, 'America/Havana', '2026-10-31T12:00Z').opensAt, '2026-11-01T00:00:00-04:00');
});

test('a blackout of date-times is over at its end', () => {
  const plan = { windows: [], blackouts: [{ from: '2026-12-24T18:00', to: '2026-12-26T06:00' }] };
  assert.equal(moment(plan, 'Asia/Kathmandu', '2026-12-24T00:00Z').closesAt, '2026-12-24T18:00:00+05:45');
  assert.equal(moment(plan, 'Asia/Kathmandu', '2026-12-25T00:00Z').opensAt, '2026-12-26T06:00:00+05:45');
});

test('a blackout that begins or ends while an hour repeats holds in both passes', () => {
  const plan = { windows: [], blackouts: [{ from: '2026-10-25T02:15', to: '2026-10-25T02:45' }] };
  assert.equal(moment(plan, 'Europe/Rome', '2026-10-25T00:00Z').closesAt, '2026-10-25T02:15:00+02:00');
  assert.equal(moment(plan, 'Europe/Rome', '2026-10-25T01:00Z').opensAt, '2026-10-25T02:45:00+01:00');
});

test('a blackout that the clock leaps over closes nothing', () => {
  const plan = { windows: [], blackouts: [{ from: '2011-12-30', to: '2011-12-30' }] };
  assert.equal(windowAt(plan, 'Pacific/Apia', at('2011-12-29T12:00Z')).changesAt, null);
});

test('blackouts that follow each other are one', () => {
  const plan = nightly({ from: '2026-12-24', to: '2026-12-24' }, { from: '2026-12-25', to: '2026-12-26' });
  const first = moment(plan, 'UTC', '2026-12-24T12:00Z');
  assert.deepEqual([first.blackoutUntil, first.opensAt], ['2026-12-27T00:00:00+00:00', '2026-12-27T00:00:00+00:00']);
});

test('a window whose years are over never opens again', () => {
  const { isOpen, changesAt, opensAt } = moment(opening('0 0 22 * * ? 2025', 60), 'UTC', '2026-11-21T12:00Z');
  assert.deepEqual([isOpen, changesAt, opensAt], [false, null, null]);
});

test('openings without a pause are open with no end in sight, and are asked about again', () => {
  const always = moment(opening('0 0 0 * * ?', 24 * HOUR_SECONDS), 'UTC', '2026-11-21T12:00Z');
  assert.deepEqual([always.isOpen, always.closesAt], [true, null]);
  assert.ok(always.changesAt !== null && always.changesAt > '2027-01-20');
});

test('the first opening over many zones is that of the earliest one', () => {
  const zones = ['Europe/Rome', 'America/New_York', 'Australia/Lord_Howe', 'UTC'];
  assert.equal(firstWindowOpening(nightly(), zones, at('2026-11-21T12:00Z')), at('2026-11-21T12:00Z'));
  assert.equal(firstWindowOpening(nightly(), zones.slice(0, 2), at('2026-11-21T12:00Z')), at('2026-11-21T21:00Z'));
});

test('a plan that was not checked is refused', () => {
  assert.throws(() => windowAt(opening('0 0 22 * *', 60), 'UTC', 0), RangeError);
  assert.throws(() => windowAt(nightly(), 'Mars/Olympus', 0), RangeError);
  assert.throws(() => windowAt(nightly({ from: '2026-02-30', to: '2026-03-01' }), 'UTC', 0), RangeError);
});

function nightly(...blackouts: readonly BlackoutRule[]): WindowPlan {
  return { ...opening('0 0 22 * * ?', 6 * HOUR_SECONDS), blackouts };
}

function opening(cron: string, durationSeconds: number): WindowPlan {
  return { windows: [{ cron, durationSeconds }], blackouts: [] };
}

function at(text: string): number {
  return Temporal.Instant.from(text).epochMilliseconds;
}

/** A moment with its times as a clock of the zone shows them. */
function moment(plan: WindowPlan, zone: string, now: string) {
  const { isOpen, changesAt, opensAt, closesAt, blackoutUntil } = windowAt(plan, zone, at(now));
  const clock = (instant: number | null): string | null =>
    instant === null
      ? null
      : Temporal.Instant.fromEpochMilliseconds(instant)
          .toZonedDateTimeISO(zone)
          .toString({ timeZoneName: 'never', smallestUnit: 'second' });
  return {
    isOpen,
    changesAt: clock(changesAt),
    opensAt: clock(opensAt),
    closesAt: clock(closesAt),
    blackoutUntil: clock(blackoutUntil),
  };
}
