import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { phaseSizes, spreadOf } from './phase-sizes.ts';
import { ONE_PHASE, type PhaseSize, type PhaseSpec } from './phase-spec.ts';

function sizesOf(sizes: readonly PhaseSize[], all: number, named: Readonly<Record<number, number>> = {}) {
  const specs: PhaseSpec[] = sizes.map((size) => ({ ...ONE_PHASE, size }));
  return phaseSizes(specs, { all, named: new Map(Object.entries(named).map(([phase, n]) => [Number(phase), n])) });
}

const percent = (share: number): PhaseSize => ({ by: 'percent', percent: share });
const REST: PhaseSize = { by: 'rest' };

test('percentages are of all devices, and the rest takes what is left', () => {
  assert.deepEqual(sizesOf([percent(1), percent(10), REST], 1000), [10, 100, 890]);
});

test('a small first phase is not empty', () => {
  assert.deepEqual(sizesOf([percent(1), REST], 10), [1, 9]);
});

test('shares that are no binary fractions come to the whole', () => {
  assert.deepEqual(sizesOf([percent(33.3), percent(33.3), percent(33.4)], 1000), [333, 333, 334]);
});

test('what no phase wants falls into the last', () => {
  assert.deepEqual(sizesOf([{ by: 'count', count: 5 }, percent(10)], 100), [5, 95]);
});

test('a count that is greater than the fleet takes it all', () => {
  assert.deepEqual(sizesOf([{ by: 'count', count: 50 }, REST], 20), [20, 0]);
});

test('devices that a phase names are taken before the others are spread', () => {
  assert.deepEqual(sizesOf([{ by: 'filter', filter: 'a' }, percent(50), REST], 100, { 1: 30 }), [30, 50, 20]);
});

test('every device has its phase, whatever the phases are', () => {
  const size = fc.oneof(
    fc.double({ min: 0, max: 100, noNaN: true }).map(percent),
    fc.nat(2000).map((count) => ({ by: 'count', count }) as const),
    fc.constant(REST),
  );
  fc.assert(
    fc.property(fc.array(size, { minLength: 1, maxLength: 8 }), fc.nat(5000), (phases, all) => {
      const sizes = sizesOf(phases, all);
      assert.ok(sizes.every((n) => Number.isSafeInteger(n) && n >= 0));
      assert.equal(
        sizes.reduce((sum, n) => sum + n, 0),
        all,
      );
    }),
  );
});

test('each position is taken once, and another seed takes another sample', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), fc.nat(1_000_000), (count, seed) => {
      const { factor, offset } = spreadOf(count, seed);
      const positions = new Set(Array.from({ length: count }, (_, k) => (factor * k + offset) % count));
      assert.equal(positions.size, count);
    }),
    { numRuns: 50 },
  );
  assert.notEqual(spreadOf(1000, 1).offset, spreadOf(1000, 2).offset);
});
