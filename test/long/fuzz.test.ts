import { test } from 'node:test';
import { checkFuzz } from '../../packages/server/test/fuzz/fuzz-check.ts';

const PLAN = { requests: 100_000, connections: 3000 };

test('a hundred thousand requests to the APIs bring the server to no error of its own', { timeout: 1_200_000 }, (t) =>
  checkFuzz(t, { ...PLAN, seed: Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31) }),
);
