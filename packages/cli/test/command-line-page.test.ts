import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { EXIT_CODES } from '../src/exit-codes.ts';

test('the page on the command line shows every exit status as it is', () => {
  const page = readFileSync(path.join(import.meta.dirname, '../../../docs/command-line.md'), 'utf8');
  const rows = [...page.matchAll(/^\| (\d+) \| (.+) \|$/gm)].map(([, status, meaning]) => ({
    status: Number(status),
    meaning,
  }));
  assert.deepEqual(rows, Object.values(EXIT_CODES));
});
