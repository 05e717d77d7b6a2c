import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aShell } from '../test/a-shell.ts';
import { isInClear, normalAddress, serverAddress } from './server-address.ts';

const NONE = { current: null, servers: {} };

test('one server has one address, however it is written', () => {
  assert.deepEqual(['https://U.test/', 'https://u.test:443', 'https://u.test//'].map(normalAddress), [
    'https://u.test',
    'https://u.test',
    'https://u.test',
  ]);
  assert.equal(normalAddress('http://u.test:8080/updraft/'), 'http://u.test:8080/updraft');
});

for (const text of [
  '',
  'u.test',
  'localhost:8080',
  'ftp://u.test',
  'https://kim:pw@u.test',
  'https://u.test/?a=1',
  'https://',
]) {
  test(`"${text}" is no address of a server`, () => {
    assert.throws(() => normalAddress(text), { code: 'address-invalid' });
  });
}

test('the option goes before the environment, the environment before the last login', () => {
  const shell = aShell({ env: { UPDRAFT_SERVER: 'https://env' } });
  const quiet = aShell({ env: { UPDRAFT_SERVER: '' } });
  const known = { current: 'https://kept', servers: {} };
  assert.equal(serverAddress('https://option', shell, known), 'https://option');
  assert.equal(serverAddress(undefined, shell, known), 'https://env');
  assert.equal(serverAddress(undefined, quiet, known), 'https://kept');
  assert.throws(() => serverAddress(undefined, quiet, NONE), { code: 'no-server', exit: 'denied' });
});

test('only the loopback may be spoken to in clear without a warning', () => {
  assert.deepEqual(
    [
      'http://127.0.0.1:8080',
      'http://localhost',
      'http://[::1]:1',
      'https://u.test',
      'http://u.test',
      'http://127.0.0.1.u.test',
    ].map(isInClear),
    [false, false, false, false, true, true],
  );
});
