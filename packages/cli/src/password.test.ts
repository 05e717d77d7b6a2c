import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { aShell } from '../test/a-shell.ts';
import { askSecret, newPassword, readSecret } from './password.ts';
import type { Shell } from './shell.ts';

test('a secret from standard input is its first line', async () => {
  assert.equal(await readSecret(aShell({ stdin: 'pä ss\r\nmore' })), 'pä ss');
});

for (const [what, stdin] of [
  ['nothing', ''],
  ['an empty line', '\n'],
  ['what is no secret', 'x'.repeat(5_000)],
] as const) {
  test(`${what} on standard input is refused`, async () => {
    await assert.rejects(readSecret(aShell({ stdin })), { exit: 'usage' });
  });
}

test('without a terminal there is nobody to ask', async () => {
  await assert.rejects(askSecret(aShell(), 'Password: '), { code: 'no-terminal' });
});

test('what is typed is not shown, can be corrected, and the terminal is put back', async () => {
  const { shell, terminal, modes } = aTyped('pasx\u007fs\u0015secret\u007ft\r');
  assert.equal(await askSecret(shell, 'Password: '), 'secret'.slice(0, -1) + 't');
  assert.equal(terminal.err(), 'Password: \n');
  assert.deepEqual(modes, [true, false]);
});

test('Ctrl-C at the question ends the command', async () => {
  const { shell, modes } = aTyped('se\u0003');
  await assert.rejects(askSecret(shell, 'Password: '), { name: 'AbortError' });
  assert.deepEqual(modes, [true, false]);
});

test('a new password is asked twice, and must be the same', async () => {
  const { shell, type } = aTyped('one\r');
  const asked = newPassword(shell, {});
  setImmediate(() => type('two\r'));
  await assert.rejects(asked, { code: 'passwords-differ' });
});

/** A terminal on which somebody types. */
function aTyped(keys: string) {
  const terminal = aShell();
  const modes: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (mode: boolean) => modes.push(mode) });
  const type = (text: string) => stdin.write(text);
  type(keys);
  const shell: Shell = { ...terminal, stdin };
  return { shell, terminal, modes, type };
}
