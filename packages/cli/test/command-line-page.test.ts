import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { EXIT_CODES } from '../src/exit-codes.ts';
import { aRelease, aRollout } from './api-answers.ts';
import { aPage, aShell } from './a-shell.ts';

const page = readFileSync(path.join(import.meta.dirname, '../../../docs/command-line.md'), 'utf8');

test('the page on the command line shows every exit status as it is', () => {
  const rows = [...page.matchAll(/^\| (\d+) \| (.+) \|$/gm)].map(([, status, meaning]) => ({
    status: Number(status),
    meaning,
  }));
  assert.deepEqual(rows, Object.values(EXIT_CODES));
});

test('the help on filters names every field of devices that the page on filters tells', async () => {
  const filters = readFileSync(path.join(import.meta.dirname, '../../../docs/filters.md'), 'utf8');
  const [, table = ''] = /\| field \|.*?\n(.+?)\n\n/s.exec(filters) ?? [];
  const fields = [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, name = '']) => name);
  assert.ok(fields.length > 20);
  const shell = aShell();
  assert.equal(await shell.updraft('help', 'filters'), 0);
  const told = new Set(shell.out().split(/[\s()]+/));
  assert.deepEqual(
    fields.filter((name) => !told.has(name)),
    [],
  );
});

test('the draft that the page shows makes a rollout', async () => {
  const [, indented = ''] = /```yaml\n(.+?) *```/s.exec(page) ?? [];
  const shell = aShell({
    answers: {
      'GET /releases': () => aPage(aRelease({ name: 'gateway-os', version: '2.1.0' })),
      'POST /rollouts': () => ({ ...aRollout(), warnings: [] }),
    },
  });
  const file = path.join(shell.folder, 'spring.yaml');
  writeFileSync(file, indented.replaceAll(/^ {2}/gm, ''));
  assert.equal(await shell.updraft('rollout', 'create', 'spring', '--file', file), 0, shell.err());
  const body = shell.asked.at(-1)?.body as { readonly phases: readonly object[] } | undefined;
  assert.equal(body?.phases.length, 2);
});
