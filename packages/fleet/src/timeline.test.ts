import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { Clock } from './clock.ts';
import { Timeline } from './timeline.ts';

test('sleepers wake in the order of their times, and those of one time in the order of falling asleep', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 20 }), { maxLength: 60 }), async (times) => {
      const clock = new FakeClock();
      const timeline = new Timeline(clock);
      const woken: number[] = [];
      const sleeps = times.map(async (ms, index) => {
        await timeline.sleep(ms);
        woken.push(index);
      });
      clock.advance(20);
      await Promise.all(sleeps);
      const expected = [...times.keys()].sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
      assert.deepEqual(woken, expected);
    }),
  );
});

test('nobody wakes before the time has come, however early the timer fires', async () => {
  const clock = new FakeClock();
  const timeline = new Timeline(clock);
  let awake = false;
  const sleep = timeline.sleep(10).then(() => (awake = true));
  clock.advance(9);
  clock.fire();
  await Promise.resolve();
  assert.equal(awake, false);
  clock.advance(1);
  await sleep;
});

test('a thousand sleepers arm one timer', () => {
  const clock = new FakeClock();
  const timeline = new Timeline(clock);
  for (let ms = 1000; ms > 0; ms--) void timeline.sleep(ms);
  assert.equal(clock.armed, 1);
});

test('a closed timeline wakes all, says that the time has not come, and lets nobody fall asleep again', async () => {
  const clock = new FakeClock();
  const timeline = new Timeline(clock);
  const sleep = timeline.sleep(1000);
  timeline[Symbol.dispose]();
  assert.equal(await sleep, false);
  assert.equal(await timeline.sleep(1), false);
  assert.equal(clock.armed, 0);
});

class FakeClock implements Clock {
  #now = 0;
  #alarms: { readonly at: number; readonly wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  get armed(): number {
    return this.#alarms.length;
  }

  wakeAt(at: number, wake: () => void): () => void {
    const alarm = { at, wake };
    this.#alarms.push(alarm);
    return () => (this.#alarms = this.#alarms.filter((other) => other !== alarm));
  }

  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const next = this.#alarms.toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > until) break;
      this.#now = Math.max(this.#now, next.at);
      this.#ring(next);
    }
    this.#now = until;
  }

  /** Rings every alarm too early, as timers may by a fraction of a millisecond. */
  fire(): void {
    for (const alarm of this.#alarms) this.#ring(alarm);
  }

  #ring(alarm: { readonly wake: () => void }): void {
    this.#alarms = this.#alarms.filter((other) => other !== alarm);
    alarm.wake();
  }
}
