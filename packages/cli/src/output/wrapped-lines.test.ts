import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wrappedLines } from './wrapped-lines.ts';

test('text is broken at spaces, and a long word stands alone', () => {
  assert.deepEqual(wrappedLines('window opens at ten in the evening', 20), ['window opens at ten', 'in the evening']);
  assert.deepEqual(wrappedLines('a 0123456789012345678901234 b', 20), ['a', '0123456789012345678901234', 'b']);
});

test('without a terminal nothing is broken', () => {
  const text = 'a '.repeat(200);
  assert.deepEqual(wrappedLines(text, null), [text]);
});
