import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ddiMediaTypeFor } from './media-type.ts';

const HAL = 'application/hal+json';
const JSON_TYPE = 'application/json';

const VECTORS: readonly (readonly [string | undefined, string | null])[] = [
  [undefined, HAL],
  ['*/*', HAL],
  ['application/*', HAL],
  ['application/json', JSON_TYPE],
  ['application/json;charset=UTF-8', JSON_TYPE],
  ['Application/JSON', JSON_TYPE],
  ['text/html, application/json;q=0.5', JSON_TYPE],
  ['application/json;q=0.2, application/hal+json;q=0.9', HAL],
  ['application/json, application/hal+json', JSON_TYPE],
  ['application/hal+json;q=0, application/json;q=0.1', JSON_TYPE],
  ['application/hal+json;q=0, */*', JSON_TYPE],
  ['application/cbor', 'application/cbor'],
  ['application/cbor, application/json;q=0.5', 'application/cbor'],
  ['text/plain', null],
  ['application/json;q=0', null],
  ['application/json;q=often', null],
  ['', null],
];

for (const [accept, expected] of VECTORS)
  test(`an Accept of ${accept ?? 'nothing'} is answered with ${expected ?? 'nothing'}`, () =>
    assert.equal(ddiMediaTypeFor(accept), expected));
