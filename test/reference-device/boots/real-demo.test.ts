import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { programsOrSkip } from '../../programs/debian.ts';
import { runProgram } from '../../programs/run-program.ts';

const LAUNCHER = path.join(import.meta.dirname, '..', '..', '..', 'bin', 'updraft');
const DEMO_LIMIT_MS = 900_000;

test(
  'the demo with a device that boots ends with the new version, confirmed and observed',
  { timeout: DEMO_LIMIT_MS },
  async (t) => {
    if (programsOrSkip(t, ['qemu-system-aarch64', 'qemu-img', 'mke2fs', 'openssl']) === undefined) return;
    const { exitCode, stdout, stderr } = await runProgram(process.execPath, [LAUNCHER, 'demo', '--real'], {
      timeLimitMs: DEMO_LIMIT_MS,
    });
    assert.equal(exitCode, 0, `${stdout}${stderr}`);
    assert.match(stdout, /^✓ gateway-1 runs 2\.0\.0 in slot b: confirmed and observed$/m);
    assert.equal(stderr, '');
  },
);
