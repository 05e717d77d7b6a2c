import { test } from 'node:test';
import { fleetCrashRounds } from './crash/fleet-rounds.ts';

const CRASH = {
  devices: 500,
  kills: 10,
  answersBetween: 300,
  pollSeconds: 3,
  silenceSeconds: 6,
  settledWithinMs: 300_000,
};
const LIMITS = { timeout: 600_000 };

test('devices and a server that is killed during rollouts believe the same in the end', LIMITS, (t) =>
  fleetCrashRounds(t, { ...CRASH, database: 'sqlite' }),
);
