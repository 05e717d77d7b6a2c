import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rolloutWithinMs, timeLimitsOn } from './time-limits.ts';

test('on a machine that is slow or busy the demo calls no device silent that only waits for its turn', () => {
  const silence = (startMs: number) => timeLimitsOn(startMs).silenceSeconds;
  assert.deepEqual([900, 3000, 3001, 14_200].map(silence), [3, 3, 4, 15]);
  assert.deepEqual(
    [900, 14_200].map((startMs) => rolloutWithinMs(timeLimitsOn(startMs))),
    [45_000, 225_000],
  );
});
