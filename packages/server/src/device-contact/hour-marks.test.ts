import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HourMarks } from './hour-marks.ts';

test('a device is marked in the hour in which it was noted, and in no other', () => {
  const marks = new HourMarks();
  marks.add(7, [1, 32, 8191, 8192, 2 ** 40]);
  for (const device of [1, 32, 8191, 8192, 2 ** 40]) assert.ok(marks.has(device), String(device));
  for (const device of [0, 2, 33, 8190, 8193]) assert.ok(!marks.has(device), String(device));
  marks.add(8, [2]);
  assert.deepEqual([marks.hour, marks.has(1), marks.has(2)], [8, false, true]);
});
