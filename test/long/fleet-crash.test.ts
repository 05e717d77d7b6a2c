import { test } from 'node:test';
import { fleetCrashRounds } from '../journeys/crash/fleet-rounds.ts';

const CRASH = {
  devices: 10_000,
  kills: 100,
  spacingMs: 1500,
  pollSeconds: 20,
  silenceSeconds: 60,
  settledWithinMs: 600_000,
};
const LIMITS = { timeout: 3_600_000 };

for (const database of ['sqlite', 'postgresql'] as const)
  test(
    `10 000 devices and a server that is killed a hundred times believe the same in the end (${database})`,
    LIMITS,
    (t) => fleetCrashRounds(t, { ...CRASH, database }),
  );
