import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DownloadMarks } from './download-marks.ts';

const parts = [
  { id: 1, size: 100 },
  { id: 2, size: 50 },
];

test('an attempt is complete when every byte of all its artifacts went out, and it is told once', () => {
  const marks = new DownloadMarks();
  marks.advance(7, 1, { from: 0, to: 100 });
  assert.equal(marks.completes(7, parts), false);
  marks.advance(7, 2, { from: 0, to: 20 });
  marks.advance(7, 2, { from: 20, to: 50 });
  assert.equal(marks.completes(8, parts), false, 'another attempt');
  assert.equal(marks.completes(7, parts), true);
  assert.equal(marks.completes(7, parts), false);
});

test('a range behind a gap does not count, one that overlaps does', () => {
  const marks = new DownloadMarks();
  const [part = { id: 0, size: 0 }] = parts;
  marks.advance(7, 1, { from: 60, to: 100 });
  assert.equal(marks.completes(7, [part]), false);
  marks.advance(7, 1, { from: 0, to: 70 });
  assert.equal(marks.completes(7, [part]), false, 'the tail was not remembered');
  marks.advance(7, 1, { from: 30, to: 100 });
  assert.equal(marks.completes(7, [part]), true);
});
