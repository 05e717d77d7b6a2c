import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServedBytes } from '@updraft/store';
import { ServedTally } from './served-bytes.ts';

test('what went out is written once a flush, however many pieces it went out in, and nothing where none did', async () => {
  const saved: (readonly ServedBytes[])[] = [];
  await using tally = new ServedTally({
    save: (served) => {
      saved.push(served);
      return Promise.resolve();
    },
    onError: assert.ifError,
  });
  await tally.flush();
  for (let piece = 0; piece < 1000; piece += 1) tally.note(7, 256);
  tally.note(8, 5);
  await tally.flush();
  await tally.flush();
  assert.deepEqual(saved, [
    [
      { rollout: 7, bytes: 256_000 },
      { rollout: 8, bytes: 5 },
    ],
  ]);
});

test('what could not be written is written with the next flush, at the latest when the server stops', async () => {
  const saved: (readonly ServedBytes[])[] = [];
  const errors: unknown[] = [];
  {
    await using tally = new ServedTally({
      save: (served) => {
        if (errors.length === 0) return Promise.reject(new Error('the disk is full'));
        saved.push(served);
        return Promise.resolve();
      },
      onError: (error) => errors.push(error),
    });
    tally.note(7, 10);
    await tally.flush();
    tally.note(7, 3);
  }
  assert.equal(errors.length, 1);
  assert.deepEqual(saved, [[{ rollout: 7, bytes: 13 }]]);
});
