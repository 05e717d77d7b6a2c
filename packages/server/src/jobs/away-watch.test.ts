import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAwayWatch } from './away-watch.ts';

test('who was not here for long has been away, until he is here again', () => {
  let now = 1_000_000;
  const { wasAway, isHere } = createAwayWatch(() => now);
  now += 30_000;
  assert.equal(wasAway(), false);
  now += 1000;
  assert.deepEqual([wasAway(), wasAway()], [true, true]);
  isHere();
  assert.equal(wasAway(), false);
});

test('a clock that is put back far is taken for an absence once', () => {
  let now = 1_000_000;
  const { wasAway, isHere } = createAwayWatch(() => now);
  now -= 30_000;
  assert.equal(wasAway(), false);
  now = 0;
  assert.equal(wasAway(), true);
  isHere();
  assert.equal(wasAway(), false);
});
