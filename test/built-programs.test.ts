import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, realpath, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { builtNow, PROGRAMS } from '../bin/built-programs.mjs';

const ROOT = path.join(import.meta.dirname, '..');
/** Seconds of the epoch. */
const WRITTEN_AT = 1_700_000_000;
const [MAIN] = PROGRAMS['cli'] ?? [];

test('what was built runs as long as its sources are what they were', async (t) => {
  const checkout = await aCheckout(t);
  assert.equal(checkout.run(), 'first\n');
  checkout.build();
  assert.equal(checkout.run(), 'first\n');
  // As nobody edits: the same time, the same length. It shows who runs.
  await writeFile(checkout.words, wordsThatSay('other'));
  await utimes(checkout.words, WRITTEN_AT, WRITTEN_AT);
  assert.equal(checkout.run(), 'first\n');
  await utimes(checkout.words, WRITTEN_AT, WRITTEN_AT + 1);
  assert.equal(checkout.run(), 'other\n');
  checkout.build();
  assert.equal(checkout.run(), 'other\n');
  await rm(checkout.words);
  assert.match(checkout.run(), /words\.ts/);
});

test('a trace of what was built names the lines of its sources', async (t) => {
  const checkout = await aCheckout(t);
  await writeFile(checkout.words, `\n\nexport function say(): never {\n  throw new Error('as it should');\n}\n`);
  checkout.build();
  assert.match(checkout.run(), /at say \(.*packages\/cli\/src\/words\.ts:4:9\)/);
});

test('without rolldown the sources run, and nobody is stopped', async (t) => {
  const checkout = await aCheckout(t);
  await rm(path.join(checkout.folder, 'node_modules', 'rolldown'));
  assert.match(checkout.build(), /runs from its sources/);
  assert.equal(checkout.run(), 'first\n');
});

test('where nothing that was built can be read, the sources run', async (t) => {
  const checkout = await aCheckout(t);
  await mkdir(path.join(checkout.folder, 'node_modules', '.cache'));
  await writeFile(path.join(checkout.folder, 'node_modules', '.cache', 'updraft-built'), 'a file');
  assert.equal(checkout.run(), 'first\n');
});

test('the programs of this run are built, so that its tests try what people run', () => {
  const sources = Object.keys(PROGRAMS).filter((program) => builtNow(program) === null);
  assert.ok(process.env['CI'] !== 'true' || sources.length === 0, `from their sources run ${sources.join(' ')}`);
});

type Checkout = {
  readonly folder: string;
  readonly words: string;
  readonly build: () => string;
  readonly run: () => string;
};

/** Our launcher's files over programs that say one word, or nothing. */
async function aCheckout(t: TestContext): Promise<Checkout> {
  const folder = await realpath(await mkdtemp(path.join(os.tmpdir(), 'updraft-built-')));
  t.after(() => rm(folder, { recursive: true }));
  const at = (place: string) => path.join(folder, place);
  await cp(path.join(ROOT, 'bin'), at('bin'), { recursive: true });
  await mkdir(at('node_modules'));
  await symlink(path.join(ROOT, 'node_modules', 'rolldown'), at('node_modules/rolldown'));
  for (const source of Object.values(PROGRAMS).flat()) {
    await mkdir(path.dirname(at(source)), { recursive: true });
    await writeFile(at(source), source === MAIN ? `import { say } from './words.ts';\nsay();\n` : 'export {};\n');
  }
  const words = at('packages/cli/src/words.ts');
  await writeFile(words, wordsThatSay('first'));
  await utimes(words, WRITTEN_AT, WRITTEN_AT);
  const said = (...args: readonly string[]) => {
    const { stdout, stderr } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] },
    });
    return stdout + stderr;
  };
  return {
    folder,
    words,
    build: () => said(at('bin/build-programs.mjs')),
    run: () => said('--import', at('bin/resolve-beside.mjs'), at(MAIN ?? '')),
  };
}

function wordsThatSay(word: string): string {
  return `export function say(): void {\n  console.log('${word}');\n}\n`;
}
