import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { postgresMaker } from '../../store/test/postgres-maker.ts';
import { replayOf } from './model/model-check.ts';
import { play } from './model/play.ts';

const STEPS = 300;
const WAITS_PER_RESTART = 15;
/** Restarts of both kinds in few commands. */
const SEED = 108;

const { cluster, end } = postgresMaker();
after(end);

void test('after any course of contacts, reports, lies, time, acts and crashes the server is as the model says, on PostgreSQL', async (t) => {
  const url = await (await cluster(t))?.createDatabase();
  if (url === undefined) return;
  const environment = { UPDRAFT_DATABASE_URL: url, UPDRAFT_INSTANCE_KEY: randomBytes(32).toString('hex') };
  await play(t, { steps: STEPS, waitsPerRestart: WAITS_PER_RESTART, replay: replayOf(process.env, SEED), environment });
});
