import { test } from 'node:test';
import { fleetCrashRounds } from './crash/fleet-rounds.ts';

const CRASH = { devices: 500, kills: 10, spacingMs: 300, settledWithinMs: 60_000 };
const LIMITS = { timeout: 180_000 };

for (const database of ['sqlite', 'postgresql'] as const)
  test(`devices and a server that is killed during rollouts believe the same in the end (${database})`, LIMITS, (t) =>
    fleetCrashRounds(t, { ...CRASH, database }),
  );
