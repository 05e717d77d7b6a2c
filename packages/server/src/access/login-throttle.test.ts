import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoginThrottle, MAX_FAILED_LOGINS_PER_MINUTE, MAX_WATCHED_ADDRESSES } from './login-throttle.ts';

function aThrottle() {
  let now = 1_000_000;
  return { throttle: new LoginThrottle(() => now), pass: (ms: number) => (now += ms) };
}

const exhaust = (throttle: LoginThrottle, address: string) => {
  for (let i = 0; i < MAX_FAILED_LOGINS_PER_MINUTE; i += 1) assert.equal(throttle.charge(address), 0);
};

test('the failure that is one too many waits for the rest of the minute', () => {
  const { throttle, pass } = aThrottle();
  exhaust(throttle, 'a');
  pass(20_000);
  assert.equal(throttle.charge('a'), 40);
  pass(40_000);
  assert.equal(throttle.charge('a'), 0);
});

test('an address does not pay for another', () => {
  const { throttle } = aThrottle();
  exhaust(throttle, 'a');
  assert.equal(throttle.charge('b'), 0);
});

test('what was right is given back', () => {
  const { throttle } = aThrottle();
  for (let i = 0; i < 3 * MAX_FAILED_LOGINS_PER_MINUTE; i += 1) {
    assert.equal(throttle.charge('a'), 0);
    throttle.giveBack('a');
  }
});

test('of too many addresses the oldest is forgotten', () => {
  const { throttle } = aThrottle();
  exhaust(throttle, 'oldest');
  for (let i = 0; i < MAX_WATCHED_ADDRESSES; i += 1) throttle.charge(`address ${i}`);
  assert.equal(throttle.charge('oldest'), 0);
});
