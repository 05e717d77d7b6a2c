import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPollInterval, MAX_POLL_INTERVAL_SECONDS, parsePollInterval } from './interval.ts';

test('an interval is written as SWUpdate reads it', () => {
  assert.equal(formatPollInterval(1), '00:00:01');
  assert.equal(formatPollInterval(MAX_POLL_INTERVAL_SECONDS), '23:59:59');
});

test('every interval reads back as itself', () => {
  for (let seconds = 1; seconds <= MAX_POLL_INTERVAL_SECONDS; seconds += 997)
    assert.equal(parsePollInterval(formatPollInterval(seconds)), seconds);
});

for (const text of ['24:00:00', '00:00:00', '00:05', '5', '1:00:00', '00:60:00', '00:00:01 ']) {
  test(`"${text}" is refused`, () => assert.equal(parsePollInterval(text), null));
}
