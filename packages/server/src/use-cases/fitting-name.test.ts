import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fittingName } from './fitting-name.ts';

test('a name that is too long with what stands behind it is cut, never in the middle of a character', () => {
  assert.equal(fittingName('spring', ', retry 1'), 'spring, retry 1');
  assert.equal(fittingName('n'.repeat(128), ', retry 1'), `${'n'.repeat(119)}, retry 1`);
  assert.equal(fittingName(`${'n'.repeat(118)}😀😀`, ', retry 1'), `${'n'.repeat(118)}, retry 1`);
  assert.equal(fittingName('spring', 'n'.repeat(200)).length, 128);
});
