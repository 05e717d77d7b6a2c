import assert from 'node:assert/strict';
import test from 'node:test';
import { newBelief, noteOffer, noteReport } from './beliefs.ts';

const afterReports = (...reports: readonly (readonly ['finished' | 'failed' | null, number])[]): string | undefined => {
  const belief = newBelief('1');
  noteOffer(belief, 7);
  for (const [word, status] of reports) noteReport(belief, 7, { word, status });
  return belief.attempts.get(7);
};

test('an attempt is begun with its first report that was taken', () => {
  assert.equal(afterReports(), 'seen');
  assert.equal(afterReports([null, 0]), 'seen');
  assert.equal(afterReports([null, 200]), 'begun');
});

test('a last word without an answer is told, and nothing more is known', () => {
  assert.equal(afterReports([null, 200], ['finished', 0]), 'told');
  assert.equal(afterReports([null, 200], ['failed', 503]), 'told');
  assert.equal(afterReports([null, 200], ['finished', 0], ['finished', 200]), 'finished');
});

test('what the server knows no more is gone', () => {
  assert.equal(afterReports([null, 200], ['finished', 410]), 'gone');
});

test('an offer that comes again does not undo what was begun', () => {
  const belief = newBelief('1');
  noteReport(belief, 7, { word: null, status: 200 });
  noteOffer(belief, 7);
  assert.equal(belief.attempts.get(7), 'begun');
});
