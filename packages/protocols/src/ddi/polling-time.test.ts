import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPollingTime, parsePollingTime } from './polling-time.ts';

const secondsOf = (text: string) => {
  const read = parsePollingTime(text);
  return 'wrong' in read ? null : read.seconds;
};

test('an interval is a time of the clock, its end, or a duration of ISO 8601', () => {
  const vectors = { '00:05:00': 300, '05:00': 300, '30': 30, PT5M: 300, PT1H30S: 3630, '23:59:59': 86_399 };
  for (const [text, seconds] of Object.entries(vectors)) assert.equal(secondsOf(text), seconds, text);
  for (const text of ['', 'soon', '24:00:00', '00:60', '00:00:00', 'P', 'PT', 'P1D', '-5', '1:2:3:4'])
    assert.equal(secondsOf(text), null, text);
});

test('a deviation and overrides are read, also where a filter holds commas', () => {
  const text = "01:00:00~10%, group == 'eu', tag==lab -> 00:02:00~15%, updatestatus != in_sync -> 00:05:00";
  const overrides = [
    { filter: "group == 'eu', tag==lab", seconds: 120, deviationPercent: 15, names: 'hawkbit' as const },
    { filter: 'updatestatus != in_sync', seconds: 300, deviationPercent: 0, names: 'hawkbit' as const },
  ];
  const rules = { seconds: 3600, deviationPercent: 10, overrides };
  assert.deepEqual(parsePollingTime(text), rules);
  assert.equal(formatPollingTime(rules), text);
  assert.deepEqual(parsePollingTime(formatPollingTime({ ...rules, overrides: [] })), { ...rules, overrides: [] });
});

test('what cannot be read is told', () => {
  for (const [text, wrong] of [
    ['00:05:00~', '00:05:00~'],
    ['00:05:00~100%', '00:05:00~100%'],
    ['00:05:00, tag==a', 'tag==a'],
    ['00:05:00, tag==a -> soon', 'tag==a -> soon'],
    ['00:05:00, -> 00:01:00', '-> 00:01:00'],
  ] as const)
    assert.deepEqual(parsePollingTime(text), { wrong }, text);
});
