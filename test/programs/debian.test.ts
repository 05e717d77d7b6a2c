import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findProgram, installMissingPrograms, programsOrSkip } from './debian.ts';

/** No folder of programs, beside those that an ordinary user lacks. */
const NOWHERE = { PATH: '' };

test('a program that is there is found by its absolute path', () => {
  assert.match(findProgram('openssl') ?? '', /^\/.*\/openssl$/);
  assert.equal(findProgram('openssl', NOWHERE), undefined);
});

test('a test whose programs are there gets their paths', () => {
  const skipped: (string | undefined)[] = [];
  const programs = programsOrSkip({ skip: (line) => skipped.push(line) }, ['openssl']);
  assert.equal(programs?.openssl, findProgram('openssl'));
  assert.deepEqual(skipped, []);
});

test('a test whose programs are missing is skipped with one line that names the packages, each once', () => {
  const skipped: (string | undefined)[] = [];
  const t = { skip: (line?: string) => skipped.push(line) };
  assert.equal(programsOrSkip(t, ['swupdate', 'swupdate-ipc', 'cpio'], NOWHERE), undefined);
  assert.deepEqual(skipped, ['missing Debian packages: swupdate cpio']);
});

test('with CI=true a missing program fails the test', () => {
  const t = { skip: () => assert.fail('it was skipped') };
  assert.throws(() => programsOrSkip(t, ['swupdate'], { ...NOWHERE, CI: 'true' }), /missing Debian packages: swupdate/);
});

test('where nothing can be installed, what is missing is told', async () => {
  assert.equal(await installMissingPrograms(['openssl']), undefined);
  assert.match((await installMissingPrograms(['cpio'], NOWHERE)) ?? '', /^missing Debian packages.* cpio$/);
});
