import fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalJson } from './manifest.ts';

test('the order in which fields were written does not change the canonical form', () => {
  assert.equal(canonicalJson({ b: [1, 'x'], a: { d: null, c: true } }), '{"a":{"c":true,"d":null},"b":[1,"x"]}');
});

test('the canonical form is JSON of the same value', () => {
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.string(),
      fc.maxSafeInteger().map((n) => n || 0),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value')),
      fc.dictionary(fc.string(), tie('value'), { noNullPrototype: true }),
    ),
  }));
  fc.assert(
    fc.property(value, (json) => assert.deepEqual(JSON.parse(canonicalJson(json)), JSON.parse(JSON.stringify(json)))),
  );
});

test('a number that other readers could round is refused', () => {
  assert.throws(() => canonicalJson({ size: 2 ** 53 }), RangeError);
});
