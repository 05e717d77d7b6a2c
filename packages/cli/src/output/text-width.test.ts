import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cutText, harmless, padText, textWidth } from './text-width.ts';

test('wide characters take two columns and combining ones none', () => {
  assert.deepEqual(['abc', '更新', 'e\u0301', '🚀'].map(textWidth), [3, 4, 1, 2]);
});

test('a text that is too long is cut with an ellipsis and fits', () => {
  assert.equal(cutText('gateway', 5), 'gate…');
  assert.equal(cutText('更新更新', 5), '更新…');
});

test('a cut text never takes more than its columns', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.integer({ min: 0, max: 20 }),
      (text, width) => textWidth(cutText(text, width)) <= width,
    ),
  );
});

test('a padded text has the width that was asked for, whatever its characters', () => {
  fc.assert(fc.property(fc.string({ maxLength: 20 }), (text) => textWidth(padText(text, 60)) === 60));
});

test('what a device wrote cannot steer the terminal', () => {
  assert.equal(harmless('\u001b[31mred\u001b[0m\ta\nb\u202e'), '\\u001b[31mred\\u001b[0m\\u0009a⏎b\\u202e');
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !/[\p{Cc}]/u.test(harmless(text))));
});

test('two names never look alike because of characters that cannot be seen', () => {
  for (const [name, shown] of [
    ['gw\u200b-1', 'gw\\u200b-1'],
    ['gw\u200d-1', 'gw\\u200d-1'],
    ['gw-1\u200c', 'gw-1\\u200c'],
    ['\ufeffgw-1', '\\ufeffgw-1'],
    ['gw\u200f\u061c-1', 'gw\\u200f\\u061c-1'],
    ['gw\u2060-\u00ad1', 'gw\\u2060-\\u00ad1'],
    ['gw\u2028-1', 'gw\\u2028-1'],
    ['gw-1\u{e0041}', 'gw-1\\u{e0041}'],
  ] as const)
    assert.equal(harmless(name), shown);
});

test('joiners that a script or an emoji needs are left as they are', () => {
  for (const name of ['\u0645\u06cc\u200c\u062e\u0648', '\u0915\u094d\u200d\u0937', '👩\u200d🔧'])
    assert.equal(harmless(name), name);
});
