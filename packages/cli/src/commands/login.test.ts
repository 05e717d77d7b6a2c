import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { newSigningKey } from '@updraft/bundles';
import { aProblem, aShell } from '../../test/a-shell.ts';
import type { Answers, Asked } from '../../test/a-shell.ts';
import { readCredentials } from '../credentials.ts';

const TOKEN_ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const NOBODY = { UPDRAFT_TOKEN: '', UPDRAFT_SERVER: '' };
const WHOAMI = { tenant: 'DEFAULT', actor: 'kim', kind: 'user', version: '0.1.0', rights: [] };

/** A server that knows kim, whose password is "pw"; each token that it makes is `made-N`. */
function aServer(): Answers {
  let made = 0;
  return {
    'POST /tokens': ({ headers }: Asked) => {
      if (headers.get('authorization') !== `Basic ${btoa('kim:pw')}`) return aProblem(401, 'not-authenticated');
      made += 1;
      return {
        id: TOKEN_ID,
        name: 't',
        user: 'kim',
        createdBy: 'kim',
        createdAt: '2026-01-01T00:00:00Z',
        expiresAt: null,
        lastUsedAt: null,
        rights: [],
        secret: `made-${made}`,
      };
    },
    'GET /whoami': ({ headers }: Asked) =>
      /^Bearer (made-\d|brought)$/.test(headers.get('authorization') ?? '')
        ? WHOAMI
        : aProblem(401, 'not-authenticated'),
    [`DELETE /tokens/${TOKEN_ID}`]: () => new Response(null, { status: 204 }),
  };
}

test('a login makes a personal token with the password, and keeps only the token', async () => {
  const shell = aShell({ env: NOBODY, stdin: 'pw\n', answers: aServer() });
  assert.equal(await shell.updraft('login', 'http://u.test/', '--user', 'kim', '--password-stdin'), 0);
  assert.deepEqual(await readCredentials(shell), {
    current: 'http://u.test',
    servers: { 'http://u.test': { token: 'made-1', tokenId: TOKEN_ID, tenant: 'DEFAULT', actor: 'kim', ca: null } },
  });
  assert.equal((shell.asked[0]?.body as { kind: string } | undefined)?.kind, 'personal');
  assert.match(shell.err(), /not encrypted/);
});

test('a wrong password keeps nothing', async () => {
  const shell = aShell({ env: NOBODY, stdin: 'no\n', answers: aServer() });
  assert.equal(await shell.updraft('login', 'http://u.test', '--user', 'kim', '--password-stdin'), 3);
  assert.equal((await readCredentials(shell)).current, null);
});

test('a token that is brought is tried before it is kept, and is not revoked by a logout', async () => {
  const shell = aShell({ env: NOBODY, stdin: 'brought\n', answers: aServer() });
  assert.equal(await shell.updraft('login', 'http://u.test', '--token-stdin'), 0);
  assert.equal(await shell.updraft('logout'), 0);
  assert.ok(shell.asked.every((one) => one.method !== 'DELETE'));
  assert.deepEqual(await readCredentials(shell), { current: null, servers: {} });
  const wrong = aShell({ env: NOBODY, stdin: 'stolen\n', answers: aServer() });
  assert.equal(await wrong.updraft('login', 'http://u.test', '--token-stdin'), 3);
});

test('a logout revokes the token that the login made', async () => {
  const shell = aShell({ env: NOBODY, stdin: 'pw\n', answers: aServer() });
  await shell.updraft('login', 'http://u.test', '--user', 'kim', '--password-stdin');
  assert.equal(await shell.updraft('logout'), 0);
  assert.equal(shell.asked.at(-1)?.method, 'DELETE');
  assert.equal(await shell.updraft('whoami'), 3);
});

test('a token that is kept for one server is never sent to another', async () => {
  const shell = aShell({ env: NOBODY, stdin: 'pw\n', answers: aServer() });
  await shell.updraft('login', 'http://u.test', '--user', 'kim', '--password-stdin');
  const before = shell.asked.length;
  assert.equal(await shell.updraft('whoami', '--server', 'http://other.test'), 3);
  assert.equal(shell.asked.length, before);
});

test('the CA of a login is trusted by every later command, wherever its file goes', async () => {
  const shell = aShell({ env: NOBODY, stdin: 'pw\n', answers: aServer() });
  const { certificatePem } = await newSigningKey({ algorithm: 'ec-p256', subject: 'ca', days: 1 });
  const file = path.join(shell.folder, 'ca.pem');
  writeFileSync(file, certificatePem);
  await shell.updraft('login', 'https://u.test', '--user', 'kim', '--password-stdin', '--ca', file);
  writeFileSync(file, 'gone');
  assert.equal(await shell.updraft('whoami'), 0);
  assert.deepEqual(shell.cas, [certificatePem, certificatePem]);
});

test('a file without a certificate is no CA', async () => {
  const shell = aShell({ env: NOBODY, stdin: 'pw\n', answers: aServer() });
  const file = path.join(shell.folder, 'ca.pem');
  writeFileSync(file, 'hello');
  assert.equal(await shell.updraft('login', 'https://u.test', '--user', 'kim', '--password-stdin', '--ca', file), 2);
  assert.equal(readFileSync(file, 'utf8'), 'hello');
});
