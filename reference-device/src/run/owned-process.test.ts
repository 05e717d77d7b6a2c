import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { isRunning, killProcess, processOf, runningSince } from './owned-process.ts';

test('a process that was started is ended, once', async () => {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const owned = await processOf(child.pid ?? 0);
  assert.ok(owned !== undefined && (await isRunning(owned)));
  assert.equal(await killProcess(owned), true);
  assert.equal(await isRunning(owned), false);
  assert.equal(await killProcess(owned), false);
});

test('another process that got the same number is left alone', async () => {
  const own = await processOf(process.pid);
  assert.ok(own !== undefined);
  assert.equal(await killProcess({ ...own, startedAtTicks: own.startedAtTicks - 1 }), false);
});

test('a number that nobody has is no process', async () => {
  assert.equal(await processOf(2 ** 22 + 1), undefined);
});

test('one that waits to be collected, or just is, has ended', () => {
  const lineIn = (state: string): string =>
    `7 (a) b) ${state} ${Array.from({ length: 49 }, (_, index) => index).join(' ')}`;
  assert.deepEqual(
    ['R', 'S', 'D', 'T', 'Z', 'X', 'x'].map((state) => runningSince(lineIn(state))),
    [18, 18, 18, 18, undefined, undefined, undefined],
  );
});
