import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BundleError } from '../bundle-problem.ts';
import { matchesExtendedRegex } from './extended-regex.ts';

const ROWS: readonly (readonly [string, string, boolean])[] = [
  ['^1\\.[0-3]$', '1.2', true],
  ['^1\\.[0-3]$', '1.4', false],
  ['^1\\.[0-3]$', '11.2', false],
  ['1', '214', true],
  ['^(a|bc)+$', 'abcbca', true],
  ['^(a|bc)+$', 'abcb', false],
  ['^a{2,3}$', 'aa', true],
  ['^a{2,3}$', 'aaaa', false],
  ['^a{2,}$', 'aaaa', true],
  ['^a{2}$', 'a', false],
  ['^[[:alpha:]_-]+$', 'a_-Z', true],
  ['^[^[:digit:]]$', '7', false],
  ['^[]a]$', ']', true],
  ['^[a\\]$', '\\', true],
  ['^a?b*c+$', 'ccc', true],
  ['', 'anything', true],
  ['x|', 'y', true],
  ['^\\w\\s\\W$', 'a -', true],
  ['a^b', 'a^b', false],
];

for (const [source, text, expected] of ROWS) {
  test(`/${source}/ ${expected ? 'matches' : 'does not match'} ${text}`, () =>
    assert.equal(matchesExtendedRegex(source, text), expected));
}

test('what is no expression is refused', () => {
  for (const source of [
    '(',
    '(a',
    'a)',
    '[a',
    '*',
    'a{3,2}',
    'a{',
    '[z-a]',
    '\\1',
    'a'.repeat(300),
    '((a{200}){200})',
  ]) {
    assert.throws(
      () => matchesExtendedRegex(source, 'a'),
      (error) => error instanceof BundleError && error.code === 'hardware-regex',
    );
  }
});

test('it agrees with JavaScript where the two languages are the same', () => {
  const atoms = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '(a|b)', '(ab)', '(a*b)');
  const piece = fc
    .tuple(atoms, fc.constantFrom('', '*', '+', '?', '{2}', '{0,2}'))
    .map(([atom, times]) => atom + times);
  const source = fc.array(piece, { maxLength: 5 }).map((parts) => `^${parts.join('')}$`);
  fc.assert(
    fc.property(source, fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 }), (expression, text) => {
      assert.equal(matchesExtendedRegex(expression, text), new RegExp(expression).test(text));
    }),
  );
});
