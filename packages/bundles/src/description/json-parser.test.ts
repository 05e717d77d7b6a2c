import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BundleError } from '../bundle-problem.ts';
import { parseJsonDescription } from './json-parser.ts';
import { plainSetting } from '../../test/plain-setting.ts';

const parse = (text: string): unknown => plainSetting(parseJsonDescription(Buffer.from(text)));

/** What json-c 0.16 itself answered for these texts. */
const ACCEPTED: readonly (readonly [string, unknown])[] = [
  ['{"a":1,}', { a: 1 }],
  ['[1,]', [1]],
  ["{'a':'b'}", { a: 'b' }],
  ['{"a":TRUE, "b":nUll}', { a: true, b: null }],
  ['{"a":1}xx', { a: 1 }],
  ['/*c*/{"a":1 /*x*/}', { a: 1 }],
  ['// c\n{"a":1}', { a: 1 }],
  ['{"a":"x\ny"}', { a: 'x\ny' }],
  ['{"a":01}', { a: 1 }],
  ['{"a":1,"a":2}', { a: 2 }],
  ['{"a":"\\u0041\\/"}', { a: 'A/' }],
  ['{"a":1.e5}', { a: 100_000 }],
  ['{"a":1e}', { a: 1 }],
  ['{"a":"\\"b\\\\"}', { a: '"b\\' }],
];

const REFUSED = [
  '{"a":"\\q"}',
  '{a:1}',
  '{"a" 1}',
  '{,}',
  '[,]',
  '{"a":-}',
  '{"a":+1}',
  '{"a":"\\u004"}',
  '{"a":truex}',
  '{"a":t}',
  '{"a":1,,"b":2}',
  '{',
  '',
];

for (const [text, value] of ACCEPTED) {
  test(`JSON reads ${JSON.stringify(text)}`, () => assert.deepEqual(parse(text), value));
}

for (const text of REFUSED) {
  test(`JSON refuses ${JSON.stringify(text)}`, () => {
    assert.throws(
      () => parse(text),
      (error) => error instanceof BundleError && error.code === 'description-syntax',
    );
  });
}
