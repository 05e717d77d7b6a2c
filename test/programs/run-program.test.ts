import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mustRun, runProgram } from './run-program.ts';

test('what a program prints, its exit status and its input are told apart', async () => {
  const script = 'cat; echo wrong >&2; exit 3';
  const result = await runProgram('sh', ['-c', script], { input: 'said' });
  assert.deepEqual(result, { exitCode: 3, stdout: 'said', stderr: 'wrong\n' });
});

test('a program that must end well says with its words how it did not', async () => {
  await assert.rejects(mustRun('sh', ['-c', 'echo wrong >&2; exit 3']), {
    code: 'program-failed',
    message: 'sh -c echo wrong >&2; exit 3 ended with 3\nwrong\n',
  });
});

test('a program that is not there is not started', async () => {
  await assert.rejects(runProgram('/nowhere/program', []), { code: 'program-not-started' });
});

test('a program that takes too long is ended', async () => {
  await assert.rejects(runProgram('sleep', ['1000'], { timeLimitMs: 50 }), { code: 'program-out-of-time' });
});

test('a program that reads no input of many bytes ends as it would', async () => {
  const { exitCode } = await runProgram('true', [], { input: Buffer.alloc(1024 ** 2) });
  assert.equal(exitCode, 0);
});

test('what a program leaves behind ends with it where that is asked, also when it takes too long', async () => {
  const leaving = await runProgram('sh', ['-c', 'sleep 1000 & echo ended'], { leavesNothing: true });
  assert.deepEqual(leaving, { exitCode: 0, stdout: 'ended\n', stderr: '' });
  await assert.rejects(runProgram('sh', ['-c', 'sleep 1000 & sleep 1000'], { leavesNothing: true, timeLimitMs: 50 }), {
    code: 'program-out-of-time',
  });
});

test('a program that is out of time is not waited for by way of what it left behind', async () => {
  const startedAt = performance.now();
  await assert.rejects(runProgram('sh', ['-c', 'sleep 20 & wait'], { timeLimitMs: 50 }), {
    code: 'program-out-of-time',
  });
  assert.ok(performance.now() - startedAt < 15_000);
});
