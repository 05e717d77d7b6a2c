import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agoText, bytesText, durationText, localTimeText } from './figures.ts';

test('bytes are told in powers of 1024', () => {
  assert.deepEqual([0, 1023, 1024, 1_572_864, 16 * 1024 ** 3].map(bytesText), [
    '0 B',
    '1023 B',
    '1.00 KiB',
    '1.50 MiB',
    '16.0 GiB',
  ]);
});

test('a length of time is told in its two greatest units', () => {
  assert.deepEqual([0.4, 59, 185, 7_800, 273_600].map(durationText), [
    '0 s',
    '59 s',
    '3 min 05 s',
    '2 h 10 min',
    '3 d 4 h',
  ]);
});

test('a contact that clocks put into the future is now', () => {
  const now = Date.parse('2026-03-01T12:00:00Z');
  assert.deepEqual(
    [null, '2026-03-01T12:00:05Z', '2026-03-01T11:58:00Z'].map((at) => agoText(at, now)),
    ['never', 'now', '2 min 00 s ago'],
  );
});

test('times are shown in the zone of the reader', () => {
  assert.equal(localTimeText('2026-07-01T22:30:00.123Z', 'Europe/Berlin'), '2026-07-02 00:30:00');
});
