import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkModel, replayOf } from './model/model-check.ts';
import { aWorld } from './model/world.ts';

const STEPS = 20_000;

void test('after any course of contacts, reports, lies, time and acts the server is as the model says, on SQLite', async (t) => {
  const replay = replayOf(process.env);
  const { steps, looks, stalled } = await checkModel(await aWorld(t), { steps: STEPS }, replay);
  t.diagnostic(`${steps} steps, ${looks} judgements, ${stalled} stalled runs, seed ${replay.seed}`);
  assert.ok(steps >= STEPS);
});
