import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FINDING_CODES } from '../../packages/server/src/upkeep/doctor/finding.ts';
import { follow } from './guide-reader.ts';

const GUIDE_LIMIT_MS = 240_000;

test('backing up and restoring: every command works in the order in which it stands', async () => {
  const shown = await follow('docs/backup.md', GUIDE_LIMIT_MS);
  assert.match(shown, /is whole/);
  assert.match(shown, /ok +objects/);
  assert.doesNotMatch(shown, /^fail/m);
});

test('the page on backups tells what to do about every finding of doctor', () => {
  const page = readFileSync(new URL('../../docs/backup.md', import.meta.url), 'utf8');
  const table = page.slice(page.indexOf('| code |'));
  const told = [...table.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code = '']) => code);
  assert.deepEqual(told.toSorted(), [...FINDING_CODES].toSorted());
});
