import { test } from 'node:test';
import { fleetCrashRounds } from '../journeys/crash/fleet-rounds.ts';

const SHAPE = { answersBetween: 2500, pollSeconds: 40, silenceSeconds: 120, settledWithinMs: 1_200_000 };
const LIMITS = { timeout: 7_200_000 };

test('10 000 devices and a server that is killed a hundred times believe the same in the end (sqlite)', LIMITS, (t) =>
  fleetCrashRounds(t, { ...SHAPE, devices: 10_000, kills: 100, database: 'sqlite' }),
);

test('2 000 devices and a server that is killed twenty times believe the same in the end (postgresql)', LIMITS, (t) =>
  fleetCrashRounds(t, { ...SHAPE, answersBetween: 1000, devices: 2000, kills: 20, database: 'postgresql' }),
);
