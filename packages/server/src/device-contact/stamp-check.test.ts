import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PollStamp } from '@updraft/store';
import { StampCheck } from './stamp-check.ts';

const stamp: PollStamp = { deviceRevision: 3, rolloutsRevision: 7 };

function checkOver(known: ReadonlyMap<number, PollStamp>) {
  const reads: (readonly number[])[] = [];
  const check = new StampCheck((devices) => {
    reads.push(devices);
    return Promise.resolve(known);
  });
  return { reads, check };
}

test('an answer counts while both revisions are those that it was made of', async () => {
  const { check } = checkOver(
    new Map([
      [1, stamp],
      [2, { ...stamp, deviceRevision: 4 }],
      [3, { ...stamp, rolloutsRevision: 8 }],
    ]),
  );
  const verdicts = await Promise.all([1, 2, 3, 4].map((device) => check.isCurrent({ device, stamp })));
  assert.deepEqual(verdicts, [true, false, false, false]);
});

test('polls that come during a read share the next one, and none is judged by a read from before it came', async () => {
  const { reads, check } = checkOver(new Map([[1, stamp]]));
  const first = check.isCurrent({ device: 1, stamp });
  const others = [2, 3].map((device) => check.isCurrent({ device, stamp }));
  await Promise.all([first, ...others]);
  assert.deepEqual(reads, [[1], [2, 3]]);
});

test('a read that fails fails its polls, and the next ones are read again', async () => {
  let isBroken = true;
  const check = new StampCheck(() =>
    isBroken ? Promise.reject(new Error('lost')) : Promise.resolve(new Map([[1, stamp]])),
  );
  await assert.rejects(check.isCurrent({ device: 1, stamp }), /lost/);
  isBroken = false;
  assert.equal(await check.isCurrent({ device: 1, stamp }), true);
});
