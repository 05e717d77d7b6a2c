import assert from 'node:assert/strict';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { aShell } from '../test/a-shell.ts';
import {
  credentialsFile,
  readCredentials,
  userFolder,
  withLogin,
  withoutLogin,
  writeCredentials,
} from './credentials.ts';

const LOGIN = { token: 't', tokenId: null, tenant: 'DEFAULT', actor: 'kim', ca: null };

test('what was kept is read again, and nobody else may read it', async () => {
  const shell = aShell();
  const credentials = withLogin({ current: null, servers: {} }, 'https://a', LOGIN);
  await writeCredentials(shell, credentials);
  assert.deepEqual(await readCredentials(shell), credentials);
  assert.equal(statSync(credentialsFile(shell)).mode & 0o777, 0o600);
  assert.equal(statSync(path.dirname(credentialsFile(shell))).mode & 0o777, 0o700);
});

test('a file that others could read is closed by the next login', async () => {
  const shell = aShell();
  mkdirSync(path.dirname(credentialsFile(shell)), { recursive: true });
  writeFileSync(credentialsFile(shell), '{"current":null,"servers":{}}', { mode: 0o644 });
  await writeCredentials(shell, withLogin({ current: null, servers: {} }, 'https://a', LOGIN));
  assert.equal(statSync(credentialsFile(shell)).mode & 0o777, 0o600);
});

test('without a file there is no login', async () => {
  assert.deepEqual(await readCredentials(aShell()), { current: null, servers: {} });
});

for (const text of ['{', '[]', 'null', '{"current":null,"servers":{"https://a":{}}}']) {
  test(`a damaged file is told, not guessed: ${text}`, async () => {
    const shell = aShell();
    mkdirSync(path.dirname(credentialsFile(shell)), { recursive: true });
    writeFileSync(credentialsFile(shell), text);
    await assert.rejects(readCredentials(shell), { code: 'credentials-unreadable' });
  });
}

test('a logout leaves other servers and forgets which was current', () => {
  const both = withLogin(withLogin({ current: null, servers: {} }, 'https://a', LOGIN), 'https://b', LOGIN);
  assert.deepEqual(withoutLogin(both, 'https://b'), { current: null, servers: { 'https://a': LOGIN } });
  assert.equal(withoutLogin(both, 'https://a').current, 'https://b');
});

test('a relative XDG folder is ignored, as the specification says', () => {
  assert.equal(
    userFolder(aShell({ env: { HOME: '/h', XDG_CONFIG_HOME: 'x' } }), 'XDG_CONFIG_HOME', '.config'),
    '/h/.config/updraft',
  );
  assert.equal(userFolder(aShell({ env: { XDG_CONFIG_HOME: '/c' } }), 'XDG_CONFIG_HOME', '.config'), '/c/updraft');
});
