import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { postgresMaker } from '../../store/test/postgres-maker.ts';
import { checkModel, replayOf } from './model/model-check.ts';
import { aWorld } from './model/world.ts';

const STEPS = 300;
const WAITS_PER_RESTART = 15;

const { cluster, end } = postgresMaker();
after(end);

void test('after any course of contacts, reports, lies, time, acts and crashes the server is as the model says, on PostgreSQL', async (t) => {
  const url = await (await cluster(t))?.createDatabase();
  if (url === undefined) return;
  const world = await aWorld(t, { UPDRAFT_DATABASE_URL: url, UPDRAFT_INSTANCE_KEY: randomBytes(32).toString('hex') });
  const replay = replayOf(process.env);
  const { steps, looks, restarts, stalled } = await checkModel(
    world,
    { steps: STEPS, waitsPerRestart: WAITS_PER_RESTART },
    replay,
  );
  t.diagnostic(
    `${steps} steps, ${looks} judgements, ${restarts} restarts, ${stalled} stalled runs, seed ${replay.seed}`,
  );
  assert.ok(restarts > 0);
  assert.ok(steps >= STEPS);
});
