import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkModel, replayOf } from '../../packages/server/test/model/model-check.ts';
import { aWorld } from '../../packages/server/test/model/world.ts';

const STEPS = 500_000;
const WAITS_PER_RESTART = 100;
const MINUTES = 10;
const LEAST_STEPS = 20_000;

test('a long course of contacts, reports, lies, time, acts and crashes leaves the server as the model says', async (t) => {
  const replay = replayOf({ MODEL_SEED: String(Date.now() % 2 ** 31), ...process.env });
  const until = Date.now() + MINUTES * 60_000;
  const { steps, looks, restarts, stalled } = await checkModel(
    await aWorld(t),
    { steps: STEPS, waitsPerRestart: WAITS_PER_RESTART, until },
    replay,
  );
  t.diagnostic(
    `${steps} steps, ${looks} judgements, ${restarts} restarts, ${stalled} stalled runs, seed ${replay.seed}`,
  );
  assert.ok(restarts > 0);
  assert.ok(steps >= LEAST_STEPS);
});
