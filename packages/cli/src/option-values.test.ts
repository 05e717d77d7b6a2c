import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countOption, durationOption, switchOption, wholeOption } from './option-values.ts';

const INVALID = { code: 'commander.invalidArgument' };

test('a length of time is read with its unit', () => {
  assert.deepEqual(['90s', '15min', '12h', '30d'].map(durationOption), [90, 900, 43_200, 2_592_000]);
});

for (const text of ['', '5', 'min', '-1h', '1.5h', '1w', '1 h', '9999999999s']) {
  test(`"${text}" is no length of time`, () => {
    assert.throws(() => durationOption(text), INVALID);
  });
}

test('a count is a whole number from 1 on, and only a whole number may be 0', () => {
  assert.equal(countOption('500'), 500);
  assert.equal(wholeOption('0'), 0);
  for (const text of ['0', '-1', '1.5', '1e3', '', ' 1', '99999999999999999999'])
    assert.throws(() => countOption(text), INVALID, text);
});

test('a switch is on or off', () => {
  assert.deepEqual([switchOption('on'), switchOption('off')], [true, false]);
  assert.throws(() => switchOption('yes'), INVALID);
});
