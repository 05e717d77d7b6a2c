import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { rowTests } from './row.ts';
import { scenarios } from './swupdate-scenarios.ts';
import { swupdateRows } from './swupdate-rows.ts';

const ROOT = new URL('../../../../', import.meta.url);

rowTests('conversations of SWUpdate', swupdateRows);

test('each scenario of SWUpdate’s reference has a test', (t) => {
  const says = scenarios.map((one) => one.says);
  assert.deepEqual([...new Set(says)], says);
  const absent = scenarios.filter(({ shownBy }) => !isThere(shownBy));
  assert.deepEqual(absent, []);
  t.diagnostic(`SWUpdate: ${scenarios.length} scenarios have a test`);
});

function isThere([file, name]: readonly [string, string]): boolean {
  return readFileSync(new URL(file, ROOT), 'utf8').includes(name);
}
