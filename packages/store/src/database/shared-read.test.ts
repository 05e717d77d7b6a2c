import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedRead } from './shared-read.ts';

test('who asks while a read is on its way shares the next one', async () => {
  const reads: (readonly number[])[] = [];
  const shared = new SharedRead<number, string>((keys) => {
    reads.push(keys);
    return Promise.resolve(keys.map(String));
  }, 3);
  const asked = [1, 2, 3, 4, 5].map((key) => shared.of(key));
  assert.deepEqual(await Promise.all(asked), ['1', '2', '3', '4', '5']);
  assert.deepEqual(reads, [[1], [2, 3, 4], [5]]);
});

test('a read that fails fails those who share it, and nobody else', async () => {
  const shared = new SharedRead<number, number>(
    (keys) => (keys.includes(2) ? Promise.reject(new Error('away')) : Promise.resolve(keys)),
    1,
  );
  const outcomes = await Promise.allSettled([1, 2, 3].map((key) => shared.of(key)));
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
});
