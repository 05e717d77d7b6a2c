import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { LEFT_CODES } from '../../packages/cli/src/hawkbit-import/import-report.ts';
import { follow } from './guide-reader.ts';

const GUIDE_LIMIT_MS = 240_000;

test('from hawkBit in an afternoon: what is there is carried, and its device is let in with its token', async () => {
  const shown = await follow('docs/from-hawkbit.md', GUIDE_LIMIT_MS);
  assert.match(shown, /WOULD CARRY/);
  assert.match(shown, /"pollingTime"|"polling"/);
  assert.match(shown, /"controllerId":"gw-1"/);
});

test('the guide tells what every code of the report means', () => {
  const page = readFileSync(new URL('../../docs/from-hawkbit.md', import.meta.url), 'utf8');
  const told = [...page.matchAll(/^\| `([a-z-]+)`(, a choice)? \| (.+) \|$/gm)].map(([, code, choice, says]) => ({
    code,
    says,
    isChoice: choice !== undefined,
  }));
  assert.deepEqual(
    told,
    Object.entries(LEFT_CODES).map(([code, { says, isChoice }]) => ({ code, says, isChoice })),
  );
});
