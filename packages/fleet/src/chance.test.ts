import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { chance } from './chance.ts';

test('equal seeds and words give equal chances, from 0 up to 1', () => {
  fc.assert(
    fc.property(fc.integer(), fc.array(fc.string()), (seed, words) => {
      const first = chance(seed, ...words);
      assert.equal(chance(seed, ...words), first);
      assert.ok(first >= 0 && first < 1);
    }),
  );
});

test('the chances of neighbouring devices fill the range evenly', () => {
  const tenths = Array.from({ length: 10 }, () => 0);
  for (let device = 0; device < 10_000; device++) {
    const tenth = Math.floor(chance(1, `gw-${device}`, 'start') * 10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  assert.ok(
    tenths.every((count) => count > 800 && count < 1200),
    tenths.join(),
  );
});

test('another seed gives other chances', () => {
  assert.notEqual(chance(1, 'gw-1'), chance(2, 'gw-1'));
});
