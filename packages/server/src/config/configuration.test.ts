import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { loadSettings } from './configuration.ts';
import { ConfigurationError } from './configuration-error.ts';

const KEY = 'ab'.repeat(32);

async function problemsOf(environment: Record<string, string>): Promise<readonly string[]> {
  const error = await loadSettings(environment).then(
    () => assert.fail('the settings were accepted'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ConfigurationError);
  return error.problems;
}

async function aFile(t: { after(fn: () => Promise<void>): void }, text: string): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'updraft-config-'));
  t.after(() => rm(dir, { recursive: true }));
  await writeFile(path.join(dir, 'updraft.yaml'), text);
  return path.join(dir, 'updraft.yaml');
}

test('without any setting the server listens on this machine only, on the embedded database', async () => {
  const { configuration, secrets } = await loadSettings({ PATH: '/bin' });
  assert.deepEqual(configuration.listen, { host: '127.0.0.1', port: 8080 });
  assert.equal(secrets.databaseUrl, 'sqlite:');
});

test('the environment beats the file', async (t) => {
  const file = await aFile(t, 'listen: 0.0.0.0:1000\nadmin_user: ann\n');
  const { configuration } = await loadSettings({ UPDRAFT_CONFIG: file, UPDRAFT_LISTEN: '[::1]:2000' });
  assert.deepEqual(configuration.listen, { host: '::1', port: 2000 });
  assert.equal(configuration.adminUser, 'ann');
});

test('an unknown variable stops the start with its name', async () => {
  const [problem] = await problemsOf({ UPDRAFT_LISTN: 'x' });
  assert.match(problem ?? '', /^UPDRAFT_LISTN /);
});

test('an unknown key of the file stops the start with its name and the file', async (t) => {
  const file = await aFile(t, 'listn: x\n');
  const [problem] = await problemsOf({ UPDRAFT_CONFIG: file });
  assert.match(problem ?? '', /^listn \(in .*updraft\.yaml\)/);
});

const MALFORMED: readonly (readonly [string, string])[] = [
  ['UPDRAFT_LISTEN', '8080'],
  ['UPDRAFT_LISTEN', 'localhost:70000'],
  ['UPDRAFT_LISTEN', '[zz]:1'],
  ['UPDRAFT_PUBLIC_URL', 'updates.example.com'],
  ['UPDRAFT_PUBLIC_URL', 'https://a.example/updates'],
  ['UPDRAFT_DATABASE_URL', 'mysql://x'],
  ['UPDRAFT_INSTANCE_KEY', 'short'],
  ['UPDRAFT_TRUSTED_PROXIES', '10.0.0.0/33'],
  ['UPDRAFT_TRUSTED_PROXIES', 'everyone'],
  ['UPDRAFT_ADMIN_USER', 'a:b'],
];
for (const [name, value] of MALFORMED) {
  test(`${name}=${value} stops the start and says what was expected`, async () => {
    const problems = await problemsOf({ [name]: value });
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? '', new RegExp(`^${name}.*expected`));
  });
}

test('a malformed secret is not repeated in the message', async () => {
  const [problem] = await problemsOf({ UPDRAFT_INSTANCE_KEY: 'hunter2' });
  assert.ok(!problem?.includes('hunter2'));
});

test('all wrong settings are told at once', async () => {
  assert.equal((await problemsOf({ UPDRAFT_LISTEN: 'x', UPDRAFT_PUBLIC_URL: 'y', UPDRAFT_NOPE: 'z' })).length, 3);
});

test('a certificate without its key stops the start', async () => {
  const [problem] = await problemsOf({ UPDRAFT_TLS_CERT: '/c.pem' });
  assert.match(problem ?? '', /^UPDRAFT_TLS_KEY/);
  const [unserved] = await problemsOf({ UPDRAFT_TLS_CLIENT_CA: '/ca.pem' });
  assert.match(unserved ?? '', /^UPDRAFT_TLS_CERT/);
});

test('PostgreSQL without an instance key stops the start', async () => {
  const [problem] = await problemsOf({ UPDRAFT_DATABASE_URL: 'postgres://localhost/x' });
  assert.match(problem ?? '', /^UPDRAFT_INSTANCE_KEY/);
  await loadSettings({ UPDRAFT_DATABASE_URL: 'postgres://localhost/x', UPDRAFT_INSTANCE_KEY: KEY });
});

test('the settings of the operator’s command do not stop a server', async () => {
  await loadSettings({ UPDRAFT_SERVER: 'http://127.0.0.1:8080' });
});

test('a password of digits in the file is text', async (t) => {
  const file = await aFile(t, 'admin_password: 12345\ntrusted_proxies: [10.0.0.1]\n');
  const { configuration, secrets } = await loadSettings({ UPDRAFT_CONFIG: file });
  assert.equal(secrets.adminPassword, '12345');
  assert.deepEqual(configuration.trustedProxies, ['10.0.0.1']);
});
