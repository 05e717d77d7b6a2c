import { test } from 'node:test';
import { replayOf } from './model/model-check.ts';
import { play } from './model/play.ts';

/** Half of the course: the other half is a file of its own, so that neither takes long. */
const STEPS = 10_000;
const WAITS_PER_RESTART = 100;
const SEED = 1;

void test('after any course of contacts, reports, lies, time, acts and crashes the server is as the model says, on SQLite', async (t) => {
  const replay = replayOf(process.env, SEED);
  await play(t, { steps: STEPS, waitsPerRestart: WAITS_PER_RESTART, replay });
});
