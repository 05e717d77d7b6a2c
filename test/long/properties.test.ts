import { randomInt } from 'node:crypto';
import { globSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { mustRun } from '../programs/run-program.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const SEED_MODULE = new URL('../runner/one-seed.ts', import.meta.url).href;
const SEEDS = 2 ** 31;
const ROUNDS = 20;
const ROUND_LIMIT_MS = 300_000;

test('properties hold for seeds that no check has tried', { timeout: ROUNDS * ROUND_LIMIT_MS }, async (t) => {
  const files = globSync('{packages/*,reference-device}/src/**/*.test.ts', { cwd: ROOT });
  for (let round = 0; round < ROUNDS; round += 1) {
    const seed = String(randomInt(SEEDS));
    t.diagnostic(`UPDRAFT_TEST_SEED=${seed}`);
    const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
    const args = ['--disable-warning=ExperimentalWarning', '--import', SEED_MODULE, '--test', '--test-isolation=none'];
    await mustRun(process.execPath, [...process.execArgv, ...args, ...files], {
      folder: ROOT,
      timeLimitMs: ROUND_LIMIT_MS,
      environment: { ...environment, UPDRAFT_TEST_SEED: seed },
    });
  }
});
