import fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareCodePoints, fold } from './fold.ts';

test('names that differ in case or composition fold alike', () => {
  assert.equal(fold('Gerät-Ä'), fold('gera\u0308t-a\u0308'));
});

test('folding what is folded changes nothing', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => fold(fold(text)) === fold(text)));
});

test('text is ordered as its UTF-8 bytes are, also beyond the basic plane', () => {
  const text = fc.string({ unit: 'binary' }).filter((value) => value.isWellFormed());
  fc.assert(
    fc.property(text, text, (a, b) => {
      assert.equal(Math.sign(compareCodePoints(a, b)), Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
    }),
  );
});
