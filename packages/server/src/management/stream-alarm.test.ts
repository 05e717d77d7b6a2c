import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createStreamAlarm, HEARTBEAT_SECONDS } from './stream-alarm.ts';

test('a heartbeat rings though events never stop to come', async (t) => {
  const { alarm, event, pass } = anAlarm(t);
  const heard: string[] = [];
  for (let second = 0; second < 2 * HEARTBEAT_SECONDS; second += 1) {
    event();
    heard.push(await alarm.rung());
    pass(1);
  }
  assert.equal(heard.filter((what) => what === 'heartbeat').length, 1);
  assert.equal(heard[0], 'event');
});

test('an event that comes while nobody listens, or with the heartbeat, is heard', async (t) => {
  const { alarm, event, pass } = anAlarm(t);
  event();
  pass(HEARTBEAT_SECONDS);
  assert.deepEqual([await alarm.rung(), await alarm.rung()], ['heartbeat', 'event']);
});

test('who takes nothing from one heartbeat to the next is let go, who takes a little is not', async (t) => {
  const { alarm, ending, pass } = anAlarm(t);
  pass(HEARTBEAT_SECONDS);
  alarm.calm();
  pass(HEARTBEAT_SECONDS);
  assert.equal(ending.signal.aborted, false);
  pass(HEARTBEAT_SECONDS);
  assert.equal(ending.signal.aborted, true);
});

test('who waits for events that do not come is not let go, and its end wakes it', async (t) => {
  const { alarm, ending, pass } = anAlarm(t);
  for (let beat = 0; beat < 5; beat += 1) {
    const rung = alarm.rung();
    pass(HEARTBEAT_SECONDS);
    assert.equal(await rung, 'heartbeat');
  }
  assert.equal(ending.signal.aborted, false);
  const rung = alarm.rung();
  ending.abort();
  await rung;
});

function anAlarm(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const listeners = new Set<() => void>();
  const onEvents = (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  const ending = new AbortController();
  const alarm = createStreamAlarm({ onEvents }, ending);
  t.after(() => {
    alarm.stop();
    assert.equal(listeners.size, 0);
  });
  const event = () => listeners.forEach((listener) => listener());
  return { alarm, ending, event, pass: (seconds: number) => t.mock.timers.tick(seconds * 1000) };
}
