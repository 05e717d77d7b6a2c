import { test } from 'node:test';
import { replayOf } from './model/model-check.ts';
import { play } from './model/play.ts';

/** The second half of the course. */
const STEPS = 10_000;
const WAITS_PER_RESTART = 100;
const SEED = 1001;

void test('after any course of contacts, reports, lies, time, acts and crashes the server is as the model says, on SQLite, once more', async (t) => {
  const replay = replayOf(process.env, SEED);
  await play(t, { steps: STEPS, waitsPerRestart: WAITS_PER_RESTART, replay });
});
