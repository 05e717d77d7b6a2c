import { test } from 'node:test';
import { fleetCrashRounds } from '../journeys/crash/fleet-rounds.ts';

const CRASH = {
  devices: 10_000,
  kills: 100,
  spacingMs: 4000,
  pollSeconds: 40,
  silenceSeconds: 240,
  settledWithinMs: 1_200_000,
};
const LIMITS = { timeout: 7_200_000 };

for (const database of ['sqlite', 'postgresql'] as const)
  test(
    `10 000 devices and a server that is killed a hundred times believe the same in the end (${database})`,
    LIMITS,
    (t) => fleetCrashRounds(t, { ...CRASH, database }),
  );
