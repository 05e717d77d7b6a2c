import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_CRON_CHARACTERS, parseCron } from './cron.ts';
import { CRON_HORIZON_YEARS, firingNear } from './firing.ts';

/** Expressions, mostly those of Quartz' own tutorial, and their first firings after the begin of 2027 (a Friday). */
const FIRINGS: Readonly<Record<string, readonly string[]>> = {
  '0 0 12 * * ?': ['2027-01-01T12:00', '2027-01-02T12:00'],
  '0 15 10 ? * *': ['2027-01-01T10:15', '2027-01-02T10:15'],
  '0 15 10 * * ? *': ['2027-01-01T10:15', '2027-01-02T10:15'],
  '0 15 10 * * ? 2028': ['2028-01-01T10:15', '2028-01-02T10:15'],
  '0 15 10 * * ? 2005': [],
  '0 * 14 * * ?': ['2027-01-01T14:00', '2027-01-01T14:01'],
  '0 0/5 14,18 * * ?': ['2027-01-01T14:00', '2027-01-01T14:05'],
  '0 50/5 14,18 * * ?': ['2027-01-01T14:50', '2027-01-01T14:55', '2027-01-01T18:50'],
  '0 /20 14 * * ?': ['2027-01-01T14:00', '2027-01-01T14:20'],
  '0 0-5/3 14 * * ?': ['2027-01-01T14:00', '2027-01-01T14:03', '2027-01-02T14:00'],
  '0 10,44 14 ? 3 WED': ['2027-03-03T14:10', '2027-03-03T14:44', '2027-03-10T14:10'],
  '0 15 10 ? * MON-FRI': ['2027-01-01T10:15', '2027-01-04T10:15'],
  '0 15 10 ? * 2-6': ['2027-01-01T10:15', '2027-01-04T10:15'],
  '0 15 10 ? * FRI-MON': [
    '2027-01-01T10:15',
    '2027-01-02T10:15',
    '2027-01-03T10:15',
    '2027-01-04T10:15',
    '2027-01-08T10:15',
  ],
  '0 15 10 ? * 1': ['2027-01-03T10:15', '2027-01-10T10:15'],
  '0 15 10 ? * L': ['2027-01-02T10:15', '2027-01-09T10:15'],
  '0 15 10 15 * ?': ['2027-01-15T10:15', '2027-02-15T10:15'],
  '0 15 10 31 * ?': ['2027-01-31T10:15', '2027-03-31T10:15'],
  '0 15 10 L * ?': ['2027-01-31T10:15', '2027-02-28T10:15'],
  '0 15 10 L-2 * ?': ['2027-01-29T10:15', '2027-02-26T10:15'],
  '0 15 10 LW * ?': ['2027-01-29T10:15', '2027-02-26T10:15', '2027-03-31T10:15'],
  '0 15 10 L-2W * ?': ['2027-01-29T10:15', '2027-02-26T10:15', '2027-03-29T10:15'],
  '0 15 10 15W * ?': ['2027-01-15T10:15', '2027-02-15T10:15'],
  '0 15 10 1W 5,8 ?': ['2027-05-03T10:15', '2027-08-02T10:15'],
  '0 15 10 31W * ?': ['2027-01-29T10:15', '2027-03-31T10:15'],
  '0 15 10 ? * 6L': ['2027-01-29T10:15', '2027-02-26T10:15'],
  '0 15 10 ? * friL 2027-2028': ['2027-01-29T10:15', '2027-02-26T10:15'],
  '0 15 10 ? * 6#3': ['2027-01-15T10:15', '2027-02-19T10:15'],
  '0 15 10 ? * SUN#5': ['2027-01-31T10:15', '2027-05-30T10:15'],
  '0 0 12 1/5 * ?': ['2027-01-01T12:00', '2027-01-06T12:00', '2027-01-11T12:00'],
  '0 11 11 11 NOV ?': ['2027-11-11T11:11', '2028-11-11T11:11'],
  '0 0 22-1 * * ?': [
    '2027-01-01T00:00',
    '2027-01-01T01:00',
    '2027-01-01T22:00',
    '2027-01-01T23:00',
    '2027-01-02T00:00',
  ],
  '0 0 0 1 NOV-FEB ?': ['2027-01-01T00:00', '2027-02-01T00:00', '2027-11-01T00:00'],
  '30 59 23 29 2 ?': ['2028-02-29T23:59:30', '2032-02-29T23:59:30'],
  '0 0 0 ? * 6': ['2027-01-01T00:00', '2027-01-08T00:00'],
  '  0 0   0 ? *  6 ': ['2027-01-01T00:00', '2027-01-08T00:00'],
};

for (const [cron, expected] of Object.entries(FIRINGS)) {
  test(`"${cron}" fires at ${expected.length === 0 ? 'no time' : expected.join(', ')}`, () => {
    assert.deepEqual(firings(cron, '2027-01-01T00:00', Math.max(1, expected.length)), expected);
  });
}

/** Expressions that are refused, with the character where. */
const REFUSED: Readonly<Record<string, number>> = {
  '': 0,
  '0 0 22 * *': 0,
  '0 0 22 * * ? 2027 1': 18,
  '60 0 22 * * ?': 0,
  '0 60 22 * * ?': 2,
  '0 0 24 * * ?': 4,
  '0 0 -1 * * ?': 4,
  '0 0 22 0 * ?': 7,
  '0 0 22 32 * ?': 7,
  '0 0 22 * 13 ?': 9,
  '0 0 22 * JANUARY ?': 9,
  '0 0 22 ? * 0': 11,
  '0 0 22 ? * 8': 11,
  '0 0 22 ? * MON,FRX': 15,
  '0 0 22 ? * MON-': 15,
  '0 0 22 ? * MON#6': 15,
  '0 0 22 ? * #2': 11,
  '0 0 22 ? * 8L': 11,
  '0 0 22 ? * MON,': 15,
  '0 0 22 1 * 2': 11,
  '0 0 0 * * 6': 10,
  '0 0 22 ? * ?': 11,
  '0 0 22 L-31 * ?': 7,
  '0 0 22 W * ?': 7,
  '0 0 22 32W * ?': 7,
  '0 0/0 22 * * ?': 4,
  '0 0/60 22 * * ?': 4,
  '0 0/5/5 22 * * ?': 2,
  '0 1-2-3 22 * * ?': 2,
  '0 1,,2 22 * * ?': 4,
  '0 ? 22 * * ?': 2,
  '0 0 22 * * ? 1969': 13,
  '0 0 22 * * ? 2028-2027': 13,
  '0 0 22 * * ? 2100': 13,
  '0 0 1e1 * * ?': 4,
  '@daily': 0,
};

for (const [cron, at] of Object.entries(REFUSED)) {
  test(`"${cron}" is refused at character ${at}, with what was expected`, () => {
    const reading = parseCron(cron);
    assert.ok('problem' in reading);
    assert.equal(reading.problem.at, at);
    assert.notEqual(reading.problem.expected, '');
  });
}

test('an expression that is too long is refused before it is read', () => {
  const reading = parseCron(`0 0 22 ${'1,'.repeat(MAX_CRON_CHARACTERS)}1 * ?`);
  assert.ok('problem' in reading);
  assert.equal(reading.problem.at, MAX_CRON_CHARACTERS);
});

test('the rarest day that still comes is found, and one that never comes is not', () => {
  assert.deepEqual(firings('0 0 0 29 2 ? 2096,2099', '2027-01-01T00:00', 1), []);
  assert.deepEqual(firings('0 0 0 29 2 ? 2052', '2027-01-01T00:00', 1), ['2052-02-29T00:00']);
  assert.deepEqual(firings('0 0 0 30 2 ?', '2027-01-01T00:00', 1), []);
});

function firings(text: string, from: string, count: number): readonly string[] {
  const reading = parseCron(text);
  assert.ok('cron' in reading);
  const found: string[] = [];
  let at = Temporal.PlainDateTime.from(from);
  while (found.length < count) {
    const firing = firingNear(reading.cron, at, { towards: 1, months: CRON_HORIZON_YEARS * 12 });
    if (firing === null) break;
    found.push(firing.toString({ smallestUnit: firing.second === 0 ? 'minute' : 'second' }));
    at = firing.add({ seconds: 1 });
  }
  return found;
}
