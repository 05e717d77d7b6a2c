import { test } from 'node:test';
import { checkFuzz } from './fuzz-check.ts';

/** A failure tells the seed; FUZZ_SEED takes it. */
const FIRST_SEED = 1;
const PLAN = { requests: 20_000, connections: 500 };

test('nothing that is sent to the APIs brings the server to an error of its own, or to a refusal without a code', (t) =>
  checkFuzz(t, { ...PLAN, seed: Number(process.env['FUZZ_SEED'] ?? FIRST_SEED) }));
