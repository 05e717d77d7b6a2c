import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { postgresMaker } from '../../store/test/postgres-maker.ts';
import { checkModel, replayOf } from './model/model-check.ts';
import { aWorld } from './model/world.ts';

const STEPS = 300;

const { cluster, end } = postgresMaker();
after(end);

void test('after any course of contacts, reports, lies, time and acts the server is as the model says, on PostgreSQL', async (t) => {
  const url = await (await cluster(t))?.createDatabase();
  if (url === undefined) return;
  const world = await aWorld(t, { UPDRAFT_DATABASE_URL: url, UPDRAFT_INSTANCE_KEY: randomBytes(32).toString('hex') });
  const replay = replayOf(process.env);
  const { steps, looks, stalled } = await checkModel(world, { steps: STEPS }, replay);
  t.diagnostic(`${steps} steps, ${looks} judgements, ${stalled} stalled runs, seed ${replay.seed}`);
  assert.ok(steps >= STEPS);
});
