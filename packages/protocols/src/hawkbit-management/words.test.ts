import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ASSIGNMENT_STANDINGS, completePolicy, DEVICE_STANDINGS, NO_LIMIT_SECONDS, REPORT_KINDS } from '@updraft/core';
import { ACTION_STATUSES } from './actions.ts';
import { readMaintenanceWindow, writtenWindow } from './maintenance-window.ts';
import { policyOfWire, urgencyOnWire } from './policy-words.ts';
import {
  actionStatus,
  reportStatus,
  STANDING_OF_STATUS,
  STANDING_OF_UPDATE_STATUS,
  updateStatus,
} from './status-words.ts';
import { UPDATE_STATUSES } from './targets.ts';

test('each standing of an assignment is one status of an action, and found by it', () => {
  const shown = ASSIGNMENT_STANDINGS.map((standing) => [standing, actionStatus(standing).status] as const);
  assert.deepEqual(Object.fromEntries(shown), {
    scheduled: 'scheduled',
    'awaiting-consent': 'wait_for_confirmation',
    going: 'running',
    fetched: 'retrieved',
    canceling: 'canceling',
    canceled: 'canceled',
    failed: 'error',
    downloaded: 'downloaded',
    succeeded: 'finished',
  });
  for (const [standing, status] of shown) assert.equal(STANDING_OF_STATUS[status], standing);
  assert.deepEqual(Object.keys(STANDING_OF_STATUS).toSorted(), ACTION_STATUSES.toSorted());
});

test('an action that is called off is a cancel', () => {
  const cancels = ASSIGNMENT_STANDINGS.filter((standing) => actionStatus(standing).type === 'cancel');
  assert.deepEqual(cancels, ['canceling', 'canceled']);
});

test('each standing of a device is one update status, and found by it', () => {
  for (const standing of DEVICE_STANDINGS) assert.equal(STANDING_OF_UPDATE_STATUS[updateStatus(standing)], standing);
  assert.deepEqual(Object.keys(STANDING_OF_UPDATE_STATUS).toSorted(), UPDATE_STATUSES.toSorted());
});

test('every kind of report has a word of hawkBit’s', () => {
  for (const kind of REPORT_KINDS) assert.ok(ACTION_STATUSES.includes(reportStatus(kind)), kind);
});

test('what this door makes is tried once and waits without a limit, but for a cancel', () => {
  const { timeLimits = {}, retries, action, pace } = policyOfWire({ needsConsent: false });
  const { cancelingSeconds, ...others } = timeLimits;
  assert.deepEqual(new Set(Object.values(others)), new Set([NO_LIMIT_SECONDS]));
  assert.equal(cancelingSeconds, 86_400);
  assert.deepEqual([retries, action], [{ limit: 0 }, { kind: 'forced' }]);
  assert.deepEqual(pace, { parallel: null, perMinute: null, perSite: null });
});

test('an urgency is read and written alike', () => {
  for (const type of ['soft', 'forced', 'downloadonly'] as const) {
    const { action } = policyOfWire({ type, needsConsent: false });
    assert.ok(action !== undefined && action.kind !== 'time-forced');
    assert.deepEqual(urgencyOnWire(completePolicy({ action })), { forceType: type, forceTime: null });
  }
  const at = policyOfWire({ type: 'timeforced', forcetime: 1_800_000_000_000, needsConsent: true });
  assert.deepEqual(at.action, { kind: 'time-forced', forcedAt: '2027-01-15T08:00:00.000Z' });
  assert.deepEqual(urgencyOnWire({ action: { kind: 'time-forced', forcedAt: 5 } }), {
    forceType: 'timeforced',
    forceTime: 5,
  });
});

test('a maintenance window has all of its three parts, or none', () => {
  const written = { schedule: '0 0 22 ? * MON-FRI', duration: '02:30:00', timezone: '+05:30' };
  const read = { cron: written.schedule, durationSeconds: 9000, zone: '+05:30' };
  assert.deepEqual(readMaintenanceWindow(written), read);
  assert.deepEqual(writtenWindow(read), written);
  assert.equal(readMaintenanceWindow({}), undefined);
  assert.equal(readMaintenanceWindow(undefined), undefined);
  for (const wrong of [
    { schedule: written.schedule },
    { ...written, duration: '24:00:00' },
    { ...written, duration: '00:00:00' },
    { ...written, duration: '2h' },
    { ...written, timezone: 'CET' },
    { ...written, timezone: '+19:00' },
  ])
    assert.equal(readMaintenanceWindow(wrong), null, JSON.stringify(wrong));
});
