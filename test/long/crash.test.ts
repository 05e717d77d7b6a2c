import { suite, test } from 'node:test';
import { crashRounds } from '../journeys/crash/rounds.ts';

const ROUNDS = 100;
const LIMITS = { timeout: 1_800_000 };

suite('a server that is killed a hundred times under load', { concurrency: 2 }, () => {
  for (const database of ['sqlite', 'postgresql'] as const)
    test(`nothing that was answered is lost in a hundred kills under load (${database})`, LIMITS, (t) =>
      crashRounds(t, database, ROUNDS),
    );
});
