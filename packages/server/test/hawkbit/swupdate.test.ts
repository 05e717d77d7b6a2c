import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { rowTests } from './row.ts';
import { scenarios } from './swupdate-scenarios.ts';
import { swupdateRows } from './swupdate-rows.ts';

const ROOT = new URL('../../../../', import.meta.url);

rowTests('conversations of SWUpdate', swupdateRows);

test('each scenario of SWUpdate’s reference has a test, or a reason', (t) => {
  const says = scenarios.map((one) => one.says);
  assert.deepEqual([...new Set(says)], says);
  const shown = scenarios.filter(({ shownBy }) => shownBy !== null);
  const absent = shown.filter(({ shownBy }) => !isThere(shownBy ?? ['', '']));
  assert.deepEqual(absent, []);
  t.diagnostic(`SWUpdate: ${shown.length} of ${scenarios.length} scenarios have a test`);
  for (const { says: what, why } of scenarios.filter(({ shownBy }) => shownBy === null)) {
    assert.ok(why !== undefined, what);
    t.diagnostic(`SWUpdate: no test: ${what}: ${why}`);
  }
});

function isThere([file, name]: readonly [string, string]): boolean {
  return readFileSync(new URL(file, ROOT), 'utf8').includes(name);
}
