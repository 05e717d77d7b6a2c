import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Latencies } from './latencies.ts';

test('percentiles are within 2.2 % and a microsecond of the true ones, and the maximum is exact', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 100_000, noNaN: true }), { minLength: 1 }), (values) => {
      const latencies = new Latencies();
      for (const value of values) latencies.record(value);
      const sorted = values.toSorted((a, b) => a - b);
      const { count, p50Ms, p99Ms, maxMs } = latencies.summary();
      assert.deepEqual([count, maxMs], [values.length, sorted.at(-1)]);
      for (const [found, fraction] of [
        [p50Ms, 0.5],
        [p99Ms, 0.99],
      ] as const) {
        const exact = sorted[Math.ceil(sorted.length * fraction) - 1] ?? 0;
        assert.ok(Math.abs(found - exact) <= exact * 0.022 + 0.001, `${found} for ${exact}`);
      }
    }),
  );
});

test('no latencies come to nothing', () => {
  assert.deepEqual(new Latencies().summary(), { count: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 });
});
