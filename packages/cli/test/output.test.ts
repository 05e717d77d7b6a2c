import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const UPDRAFT = path.join(import.meta.dirname, '..', 'src', 'main.ts');

for (const argv of [['--version'], ['help'], ['completion', 'bash']]) {
  test(`"${argv.join(' ')}" onto a full disk says so, with status 2`, () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', UPDRAFT, ...argv],
      {
        stdio: ['ignore', full, 'pipe'],
        encoding: 'utf8',
      },
    );
    closeSync(full);
    assert.deepEqual([status, stderr.trim().split('\n').length], [2, 1], stderr);
    assert.match(stderr, /\(output-unwritable\)/);
  });
}
