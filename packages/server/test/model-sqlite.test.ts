import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkModel, replayOf } from './model/model-check.ts';
import { aWorld } from './model/world.ts';

const STEPS = 20_000;
const WAITS_PER_RESTART = 100;

void test('after any course of contacts, reports, lies, time, acts and crashes the server is as the model says, on SQLite', async (t) => {
  const replay = replayOf(process.env);
  const { steps, looks, restarts, stalled } = await checkModel(
    await aWorld(t),
    { steps: STEPS, waitsPerRestart: WAITS_PER_RESTART },
    replay,
  );
  t.diagnostic(
    `${steps} steps, ${looks} judgements, ${restarts} restarts, ${stalled} stalled runs, seed ${replay.seed}`,
  );
  assert.ok(restarts > 0);
  assert.ok(steps >= STEPS);
});
