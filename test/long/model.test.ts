import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkModel, replayOf } from '../../packages/server/test/model/model-check.ts';
import { aWorld } from '../../packages/server/test/model/world.ts';

const STEPS = 500_000;
const MINUTES = 10;
const LEAST_STEPS = 20_000;

test('a long course of contacts, reports, lies, time and acts leaves the server as the model says', async (t) => {
  const replay = replayOf({ MODEL_SEED: String(Date.now() % 2 ** 31), ...process.env });
  const until = Date.now() + MINUTES * 60_000;
  const { steps, looks, stalled } = await checkModel(await aWorld(t), { steps: STEPS, until }, replay);
  t.diagnostic(`${steps} steps, ${looks} judgements, ${stalled} stalled runs, seed ${replay.seed}`);
  assert.ok(steps >= LEAST_STEPS);
});
