import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BoundedMemory } from './bounded-memory.ts';

const SIZE = 5;
const key = fc.integer({ min: 0, max: 11 });
const act = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('set' as const), key }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('delete' as const), key }) },
);

test('it holds so many, and what was set first goes', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 400 }), (acts) => {
      const memory = new BoundedMemory<number, number>(SIZE);
      let expected: { readonly key: number; readonly value: number }[] = [];
      for (const [at, { type, key: one }] of acts.entries()) {
        const isKnown = expected.some((kept) => kept.key === one);
        const value = { key: one, value: at };
        if (type === 'delete') {
          memory.delete(one);
          expected = expected.filter((kept) => kept.key !== one);
        } else {
          memory.set(one, at);
          // Set again it keeps its place.
          expected = isKnown
            ? expected.map((kept) => (kept.key === one ? value : kept))
            : [...expected, value].slice(-SIZE);
        }
        assert.equal(memory.isFull, expected.length === SIZE);
        for (let known = 0; known <= 11; known += 1)
          assert.equal(memory.get(known), expected.find((kept) => kept.key === known)?.value);
      }
    }),
  );
});
