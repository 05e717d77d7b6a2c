import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAlwaysOnline, isNeverOnline, nextOnline } from './contact-pattern.ts';
import { CONTACT_DAYS, contactPatternOf } from './past-contact.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const TODAY = 20_000;
const NOW = TODAY * DAY_MS + 12 * HOUR_MS;
const NIGHT = 0b111 << 1;

test('a device that was there from one to four each night is there again then', () => {
  const pattern = contactPatternOf(
    contacts(() => NIGHT),
    NOW,
  );
  const span = nextOnline(pattern, 1, { from: NOW, to: NOW + 5 * DAY_MS });
  assert.deepEqual(span, { from: (TODAY + 1) * DAY_MS + HOUR_MS, to: (TODAY + 1) * DAY_MS + 4 * HOUR_MS });
});

test('days without any contact count as such, and today, which is not over, does not count', () => {
  const everyOther = contactPatternOf(
    contacts((ago) => (ago % 2 === 0 ? 2 ** 24 - 1 : 0)),
    NOW,
  );
  assert.equal(everyOther.own.length, CONTACT_DAYS);
  assert.deepEqual([isAlwaysOnline(everyOther), isNeverOnline(everyOther)], [false, false]);
  const days = [{ day: TODAY, mask: NIGHT }];
  assert.deepEqual(contactPatternOf({ days, lastContactAt: NOW, knownSince: TODAY * DAY_MS }, NOW).own, []);
});

test('a device that has been away for far longer than ever before is taken to be gone', () => {
  const gone = contactPatternOf(
    contacts((ago) => (ago <= 4 ? 0 : 2 ** 24 - 1)),
    NOW,
  );
  assert.equal(isNeverOnline(gone), true);
  assert.equal(nextOnline(gone, 1, { from: NOW, to: NOW + 30 * DAY_MS }), null);
});

test('a device of which nothing is known but a contact is taken to be always there', () => {
  const pattern = contactPatternOf({ days: [], lastContactAt: NOW - 1, knownSince: NOW - HOUR_MS }, NOW);
  assert.deepEqual([isAlwaysOnline(pattern), isNeverOnline(pattern)], [true, false]);
  assert.equal(isNeverOnline({ ...pattern, lastContactAt: null }), true);
});

test('a device that polls twice a day is there between its polls, and one that is off at night is not', () => {
  const twice = { ...contacts(() => (1 << 3) | (1 << 15)), pollSeconds: 12 * 3600 };
  assert.equal(isAlwaysOnline(contactPatternOf(twice, NOW)), true);
  assert.equal(isAlwaysOnline(contactPatternOf({ ...twice, pollSeconds: 300 }, NOW)), false);
  const byDay = { ...contacts(() => (1 << 8) | (1 << 10) | (1 << 12)), pollSeconds: 2 * 3600 };
  const masks = contactPatternOf(byDay, NOW).own.slice(1, -1);
  assert.ok(masks.every(({ mask }) => mask === 0b1_1111 << 8));
});

function contacts(maskOf: (ago: number) => number) {
  const days = Array.from({ length: CONTACT_DAYS }, (_, at) => ({ day: TODAY - 1 - at, mask: maskOf(at + 1) }));
  return { days, lastContactAt: NOW - HOUR_MS, knownSince: 0 };
}
