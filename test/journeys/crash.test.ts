import { suite, test } from 'node:test';
import { crashRounds } from './crash/rounds.ts';

const ROUNDS = 10;
const LIMITS = { timeout: 600_000 };

suite('a server that is killed under load', { concurrency: 2 }, () => {
  for (const database of ['sqlite', 'postgresql'] as const)
    test(`nothing that was answered is lost when the server is killed under load (${database})`, LIMITS, (t) =>
      crashRounds(t, database, ROUNDS),
    );
});
