import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { spread } from './spread.ts';

test('the few stand evenly among the many', () => {
  assert.deepEqual(spread(['A', 'B'], ['1', '2', '3', '4', '5']), ['A', '1', '2', '3', 'B', '4', '5']);
});

test('all are there once, in their order, however many there are of each', () => {
  const lists = fc.tuple(fc.array(fc.integer()), fc.array(fc.string()));
  fc.assert(
    fc.property(lists, ([few, many]) => {
      const all = spread<number | string>(few, many);
      assert.deepEqual(
        all.filter((one) => typeof one === 'number'),
        few,
      );
      assert.deepEqual(
        all.filter((one) => typeof one === 'string'),
        many,
      );
    }),
  );
});
