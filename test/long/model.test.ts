import { test } from 'node:test';
import { replayOf } from '../../packages/server/test/model/model-check.ts';
import { play } from '../../packages/server/test/model/play.ts';

const STEPS = 500_000;
const WAITS_PER_RESTART = 100;
const SECONDS = 600;
const LIMITS = { timeout: 1_200_000 };

test(
  'a long course of contacts, reports, lies, time, acts and crashes leaves the server as the model says',
  LIMITS,
  async (t) => {
    const replay = replayOf(process.env, Date.now() % 2 ** 31);
    await play(t, { steps: STEPS, seconds: SECONDS, waitsPerRestart: WAITS_PER_RESTART, replay });
  },
);
