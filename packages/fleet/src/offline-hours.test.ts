import assert from 'node:assert/strict';
import test from 'node:test';
import { offlineMs } from './offline-hours.ts';

const NIGHT = { zone: 'Europe/Rome', fromMinute: 22 * 60, toMinute: 6 * 60 };
const HOUR_MS = 3_600_000;
const at = (local: string): number => Temporal.ZonedDateTime.from(`${local}[Europe/Rome]`).epochMilliseconds;

for (const { local, hours } of [
  { local: '2026-11-21T21:59', hours: 0 },
  { local: '2026-11-21T22:00', hours: 8 },
  { local: '2026-11-22T05:30', hours: 0.5 },
  { local: '2026-11-22T06:00', hours: 0 },
])
  test(`at ${local} a device that is off at night waits ${hours} hours`, () => {
    assert.equal(offlineMs(NIGHT, at(local)), hours * HOUR_MS);
  });
