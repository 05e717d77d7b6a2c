import fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryWaitSeconds } from './back-off.ts';
import { DEFAULT_POLICY, MAX_RETRIES, MAX_RETRY_FACTOR, MAX_RETRY_WAIT_SECONDS, type RetryRule } from './policy.ts';

const rule: RetryRule = { ...DEFAULT_POLICY.retries, firstSeconds: 60, factor: 3, capSeconds: 1000, jitterPercent: 0 };

const aRule: fc.Arbitrary<RetryRule> = fc
  .record({
    firstSeconds: fc.integer({ min: 1, max: MAX_RETRY_WAIT_SECONDS }),
    factor: fc.integer({ min: 1, max: MAX_RETRY_FACTOR }),
    capSeconds: fc.integer({ min: 1, max: MAX_RETRY_WAIT_SECONDS }),
    jitterPercent: fc.integer({ min: 0, max: 100 }),
  })
  .map((parts) => ({ ...rule, ...parts }));

test('each wait is longer than the one before it by the factor, up to the cap', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((failures) => retryWaitSeconds(rule, failures, 'a')),
    [60, 180, 540, 1000, 1000],
  );
});

test('jitter only shortens a wait, and by no more than its part', () => {
  fc.assert(
    fc.property(aRule, fc.integer({ min: 1, max: MAX_RETRIES }), fc.string(), (any, failures, key) => {
      const whole = retryWaitSeconds({ ...any, jitterPercent: 0 }, failures, key);
      const waits = retryWaitSeconds(any, failures, key);
      assert.ok(waits <= whole && waits >= Math.floor(whole * (1 - any.jitterPercent / 100)), `${waits} of ${whole}`);
    }),
  );
});

test('the same attempt waits the same, and attempts that failed together are spread', () => {
  const jittered = { ...rule, firstSeconds: 1000, jitterPercent: 50 };
  const waits = Array.from({ length: 1000 }, (_, at) => retryWaitSeconds(jittered, 1, `1/${at}/1`));
  assert.equal(retryWaitSeconds(jittered, 1, '1/7/1'), waits[7]);
  for (let from = 500; from < 1000; from += 100) {
    const share = waits.filter((wait) => wait >= from && wait < from + 100).length;
    assert.ok(share > 100 && share < 300, `${share} of 1000 wait ${from} to ${from + 100} s`);
  }
});
