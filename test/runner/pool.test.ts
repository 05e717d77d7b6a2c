import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { runProgram } from '../programs/run-program.ts';

const POOL = new URL('pool.ts', import.meta.url).href;

const FILES = {
  'a-passes.test.ts': `import { after, test } from 'node:test';
    after(() => console.log('hooks of a file end with it'));
    void test('passes', () => {});`,
  'b-fails.test.ts': `import { test } from 'node:test';
    void test('fails', () => { throw new Error('as it should'); });`,
  'c-dies.test.ts': `import { test } from 'node:test';
    void test('dies', () => process.exit(0));`,
  'd-does-not-load.test.ts': `import './nowhere.ts';`,
  'd-throws-past.test.ts': `import { test } from 'node:test';
    void test('throws past itself', async () => {
      setImmediate(() => { throw new Error('thrown past'); });
      await new Promise(() => {});
    });`,
  'd-suites.test.ts': `import { after, suite, test } from 'node:test';
    await new Promise((resolve) => setImmediate(resolve));
    suite('outer', () => { suite('inner', () => { test('is inside', async (t) => { await t.test('of it', () => {}); }); }); });`,
  'e-passes.test.ts': `import { test } from 'node:test';
    void test('passes after all that', () => {});`,
};

test('a file that fails, dies or does not load fails the run, and the others are run all the same', async (t) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'updraft-pool-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(FILES)) await writeFile(path.join(folder, name), text);
  const run = async (names: readonly string[]) => {
    const files = JSON.stringify(names.map((name) => path.join(folder, name)));
    const script = path.join(folder, 'run.mjs');
    await writeFile(script, `import { runPool } from '${POOL}'; process.exitCode = await runPool(${files}, 1);`);
    const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
    return runProgram(process.execPath, [script], { environment });
  };
  const bad = await run(Object.keys(FILES));
  assert.equal(bad.exitCode, 1);
  for (const said of [
    /✔ passes after all that/,
    /✖ fails/,
    /✖ the file loads/,
    /c-dies.test.ts did not end/,
    /d-throws-past.test.ts did not end(.|\n)*thrown past/,
    /▶ .*d-suites.test.ts\n  ▶ outer\n    ▶ inner\n      ▶ is inside\n        ✔ of it/,
    /hooks of a file/,
  ])
    assert.match(bad.stdout, said);
  const good = await run(['a-passes.test.ts', 'e-passes.test.ts']);
  assert.equal(good.exitCode, 0);
  assert.match(good.stdout, /ℹ tests 2\nℹ pass 2\nℹ fail 0/);
});
