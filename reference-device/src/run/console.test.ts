import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { Console } from './console.ts';

const LONG = { timeLimitMs: 60_000 };

test('words are waited for across the pieces in which they come', async (t) => {
  const console = await aConsole(t);
  console.open();
  const waiting = console.waitFor(/^UPDRAFT up slot=(\w)/m, LONG);
  for (const piece of ['U-Boot\r\nUPDRA', 'FT up sl', 'ot=b\r\n']) console.write(piece);
  assert.equal((await waiting)[1], 'b');
});

test('a prompt, which ends no line, is found', async (t) => {
  const console = await aConsole(t);
  console.open();
  console.write('\r\n=> ');
  await console.waitFor(/^=> $/m, LONG);
});

test('what was printed before the last power-on is not waited for, unless a line is named', async (t) => {
  const console = await aConsole(t);
  console.open();
  console.write('UPDRAFT healthy\n');
  console.close('pulled');
  console.open();
  await assert.rejects(console.waitFor(/healthy/, { timeLimitMs: 1 }), { code: 'console-silent' });
  await console.waitFor(/healthy/, { timeLimitMs: 1, from: 0 });
});

test('a machine that ends tells those who wait at once', async (t) => {
  const console = await aConsole(t);
  console.open();
  const waiting = console.waitFor(/never/, LONG);
  console.close('the machine ended (SIGKILL)');
  await assert.rejects(waiting, { code: 'console-closed' });
});

test('each line stands in the file with its time', async (t) => {
  const console = await aConsole(t);
  console.open();
  console.write('one\r\ntwo');
  console.close('off');
  await console[Symbol.asyncDispose]();
  const lines = (await readFile(console.file, 'utf8')).split('\n');
  assert.deepEqual(
    lines.map((line) => line.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /, '@ ')),
    ['@ one', '@ two', ''],
  );
});

async function aConsole(t: TestContext): Promise<Console> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'console-'));
  t.after(() => rm(folder, { recursive: true }));
  return new Console(path.join(folder, 'console.log'));
}
