import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { paceVerdict, paceWords, TOKENS_PER_START, tokensLeft, type PaceCount, type PaceFacts } from './pace.ts';

const unpaced = { parallel: null, perMinute: null, perSite: null };
const nothing: PaceFacts = { held: false, isCounting: false, rollout: null, site: null, siteName: '' };
const passes = (rule: object, facts: object) =>
  paceVerdict({ ...unpaced, ...rule }, { ...nothing, ...facts }, 0).passed;
const busy = (inFlight: number) => ({ inFlight, tokens: 0, tokensAt: 0 });

test('there is room below each cap, and for who has a place already', () => {
  assert.ok(passes({ parallel: 2 }, { rollout: busy(1) }));
  assert.ok(!passes({ parallel: 2 }, { rollout: busy(2) }));
  assert.ok(passes({ parallel: 2 }, { rollout: busy(3), held: true }));
  assert.ok(!passes({ perSite: 1 }, { siteName: 'plant', site: busy(1) }));
  assert.ok(passes({ perSite: 1 }, { siteName: '', site: busy(1) }), 'a device without a site has no cap of one');
  assert.ok(passes({}, { rollout: busy(9) }));
});

test('while who is at work is being counted nobody takes a place, where places are limited', () => {
  const counting = { isCounting: true, rollout: busy(0) };
  const full = { inFlight: 0, tokens: TOKENS_PER_START, tokensAt: 0 };
  assert.ok(!passes({ parallel: 2 }, counting));
  assert.ok(!passes({ perSite: 1 }, { ...counting, siteName: 'plant' }));
  assert.ok(passes({ parallel: 2 }, { ...counting, held: true }));
  assert.ok(passes({ perMinute: 1 }, { isCounting: true, rollout: full }), 'starts are counted from now anyway');
  assert.ok(passes({}, counting));
  const words = paceWords({ ...unpaced, parallel: 2 }, { ...nothing, ...counting }, { zone: 'UTC', now: 0 });
  assert.match(words, /are being counted/);
});

test('a start that is not left comes at the moment that is told, and not before', () => {
  const count = fc.record({
    tokens: fc.integer({ min: 0, max: 10_000_000 }),
    tokensAt: fc.integer({ min: 0, max: 1e6 }),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), count, (perMinute, bucket) => {
      const rollout: PaceCount = { inFlight: 0, ...bucket };
      const now = bucket.tokensAt;
      const facts = { ...nothing, rollout };
      const { passed, nextChange } = paceVerdict({ ...unpaced, perMinute }, facts, now);
      assert.equal(passed, nextChange === null);
      if (nextChange === null) return;
      assert.ok(!paceVerdict({ ...unpaced, perMinute }, facts, nextChange - 1).passed);
      assert.ok(paceVerdict({ ...unpaced, perMinute }, facts, nextChange).passed);
    }),
  );
});

test('a clock that is put back holds nobody for longer than a bucket takes to fill', () => {
  const passesAt = (now: number, tokensAt: number) => {
    const rollout: PaceCount = { inFlight: 0, tokens: 0, tokensAt };
    return paceVerdict({ ...unpaced, perMinute: 1 }, { ...nothing, rollout }, now);
  };
  const hour = 3_600_000;
  assert.ok(passesAt(hour, 2 * hour).passed);
  assert.deepEqual(passesAt(hour, hour + 60_000), { passed: false, nextChange: hour + 120_000 });
});

test('in any time, no more start than its minutes allow, and one bucket before', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 200 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), gaps, (perMinute, waits) => {
      let count: PaceCount | null = null;
      let [now, starts] = [0, 0];
      for (const wait of waits) {
        now += wait;
        const tokens: number = tokensLeft(perMinute, count, now);
        const starting = tokens >= TOKENS_PER_START;
        if (starting) starts += 1;
        count = { inFlight: 0, tokens: tokens - (starting ? TOKENS_PER_START : 0), tokensAt: now };
      }
      assert.ok(starts <= perMinute * (1 + now / 60_000));
    }),
  );
});
