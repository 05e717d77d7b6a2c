import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { byteSum } from './byte-sum.ts';

test('the sum of bytes does not depend on where they lie in memory nor on pieces', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 700 }), fc.nat(7), fc.nat(700), (bytes, shift, cut) => {
      const moved = new Uint8Array(bytes.length + shift).subarray(shift);
      moved.set(bytes);
      const plain = bytes.reduce((total, byte) => total + byte, 0);
      assert.equal(byteSum(byteSum(0, moved.subarray(0, cut)), moved.subarray(cut)), plain);
    }),
  );
});

test('the sum wraps at 2^32', () => {
  assert.equal(byteSum(2 ** 32 - 1, Uint8Array.of(2)), 1);
});

test('no lane overflows with the largest bytes', () => {
  assert.equal(byteSum(0, new Uint8Array(100_003).fill(255)), 255 * 100_003);
});
