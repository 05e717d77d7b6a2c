import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { aPage, aShell } from '../test/a-shell.ts';
import { AN_ID as ID, aRelease as anyRelease } from '../test/api-answers.ts';
import type { Answers } from '../test/a-shell.ts';
import { quoted } from './lookup.ts';

const OTHER = '01890a5d-ac96-774b-bcce-b302099a8058';

function aRelease(id: string, name: string, version: string): object {
  return anyRelease({ id, name, version });
}

function releases(...rows: object[]): Answers {
  return { 'GET /releases': () => aPage(...rows), [`GET /releases/${ID}`]: () => aRelease(ID, 'os', '1') };
}

test('NAME@VERSION finds the release by both', async () => {
  const shell = aShell({ answers: releases(aRelease(ID, 'os', '1')) });
  assert.equal(await shell.updraft('release', 'show', 'os@1'), 0);
  assert.equal(shell.asked[0]?.query.get('filter'), 'name=="os";version=="1"');
});

test('the last "@" divides name and version', async () => {
  const shell = aShell({ answers: releases(aRelease(ID, 'a@b', '1')) });
  assert.equal(await shell.updraft('release', 'show', 'a@b@1'), 0);
});

test('an id is taken as it is', async () => {
  const shell = aShell({ answers: releases() });
  assert.equal(await shell.updraft('release', 'show', ID), 0);
  assert.equal(shell.asked.length, 1);
});

test('what is written exactly so goes before what differs in case', async () => {
  const shell = aShell({ answers: releases(aRelease(OTHER, 'OS', '1'), aRelease(ID, 'os', '1')) });
  assert.equal(await shell.updraft('release', 'show', 'os@1'), 0);
});

test('several matches need the id', async () => {
  const shell = aShell({ answers: releases(aRelease(OTHER, 'OS', '1'), aRelease(ID, 'Os', '1')) });
  assert.equal(await shell.updraft('release', 'show', 'os@1', '--json'), 2);
  assert.equal(JSON.parse(shell.err()).code, 'name-unclear');
});

test('what is not there is told with status 4', async () => {
  const shell = aShell({ answers: releases() });
  assert.equal(await shell.updraft('release', 'show', 'os@1'), 4);
});

for (const reference of ['os', '@1', 'os@']) {
  test(`"${reference}" is no release, and nothing is asked`, async () => {
    const shell = aShell();
    assert.equal(await shell.updraft('release', 'show', reference), 2);
    assert.deepEqual(shell.asked, []);
  });
}

test('a quoted value gives the text back, whatever it holds', () => {
  fc.assert(
    fc.property(
      fc.string(),
      (text) =>
        quoted(text).slice(1, -1).replace(/\\(.)/gs, '$1') === text && /^"(?:[^"\\]|\\.)*"$/s.test(quoted(text)),
    ),
  );
});
