import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { newSigningKey } from '@updraft/bundles';
import launch from '../../../bin/launch.cjs';
import { bareEnvironment } from '../../../test/programs/bare-environment.ts';
import { lastingPort } from '../../../test/programs/lasting-port.ts';
import { basic } from './a-server.ts';

const MAIN = path.join(import.meta.dirname, '..', 'src', 'main.ts');
const START_LIMIT_MS = 120_000;

type Started = { readonly child: ChildProcess; readonly output: () => string; readonly ended: Promise<number | null> };

/** The real program in a process of its own, killed with the test at the latest. */
function start(t: TestContext, environment: Readonly<Record<string, string>>, args: readonly string[] = []): Started {
  const env = { ...bareEnvironment(), UPDRAFT_LISTEN: '127.0.0.1:0', ...environment };
  const child = spawn(process.execPath, [...launch.NODE_FLAGS, MAIN, ...args], { env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, output: () => output, ended };
}

async function listening({ child, output }: Started): Promise<string> {
  const signal = AbortSignal.timeout(START_LIMIT_MS);
  for (;;) {
    const url = /listens on (\S+)/.exec(output())?.[1];
    if (url !== undefined) return url;
    await Promise.race([once(child.stdout ?? child, 'data', { signal }), once(child, 'close', { signal })]);
    if (child.exitCode !== null) throw new Error(`it ended: ${output()}`);
  }
}

async function aFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'updraft-start-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

test('the first start makes a user whose password is printed once and a key that only we can read', async (t) => {
  const UPDRAFT_DATA_DIR = await aFolder(t);
  const first = start(t, { UPDRAFT_DATA_DIR });
  const url = await listening(first);
  const password =
    /made the user admin with the password (\S+)/.exec(first.output())?.[1] ?? assert.fail(first.output());
  const answer = await fetch(`${url}/api/v1/whoami`, { headers: { authorization: basic('admin', password) } });
  assert.equal(answer.status, 200);
  assert.equal((await stat(path.join(UPDRAFT_DATA_DIR, 'instance.key'))).mode & 0o777, 0o600);
  first.child.kill('SIGTERM');
  assert.equal(await first.ended, 0);
  const second = start(t, { UPDRAFT_DATA_DIR });
  await listening(second);
  assert.ok(!second.output().includes('password'));
});

test('a configured password is not printed, and a weak one is warned of', async (t) => {
  const settings = { UPDRAFT_DATA_DIR: await aFolder(t), UPDRAFT_ADMIN_PASSWORD: 'hunter2' };
  const server = start(t, settings);
  await listening(server);
  server.child.kill('SIGTERM');
  await server.ended;
  assert.ok(!server.output().includes('hunter2'));
  assert.match(server.output(), /UPDRAFT_ADMIN_PASSWORD is weak/);
});

test('wrong settings end the start with code 2 and the name of the setting', async (t) => {
  const server = start(t, { UPDRAFT_DATA_DIR: await aFolder(t), UPDRAFT_LISTEN: 'nowhere', UPDRAFT_OTHER: '1' });
  assert.equal(await server.ended, 2);
  assert.match(server.output(), /UPDRAFT_LISTEN is "nowhere"; expected HOST:PORT/);
  assert.match(server.output(), /UPDRAFT_OTHER is not a setting/);
});

test('arguments end the start with code 2', async (t) => {
  assert.equal(await start(t, { UPDRAFT_DATA_DIR: await aFolder(t) }, ['--port', '1']).ended, 2);
});

test('an address that is taken ends the start with code 1 and one sentence', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await once(other, 'listening');
  const { port } = other.address() as { readonly port: number };
  const server = start(t, { UPDRAFT_DATA_DIR: await aFolder(t), UPDRAFT_LISTEN: `127.0.0.1:${port}` });
  assert.equal(await server.ended, 1);
  assert.match(server.output(), /UPDRAFT_LISTEN: .*EADDRINUSE/);
  assert.ok(!server.output().includes('    at '));
});

test('a data directory that is a file ends the start with code 2 and one sentence', async (t) => {
  const file = path.join(await aFolder(t), 'taken');
  await writeFile(file, '');
  const server = start(t, { UPDRAFT_DATA_DIR: file });
  assert.equal(await server.ended, 2);
  assert.match(server.output(), /UPDRAFT_DATA_DIR .*EEXIST/);
  assert.ok(!server.output().includes('    at '));
});

test('a database that is none ends the start with code 1 and one sentence', async (t) => {
  const UPDRAFT_DATA_DIR = await aFolder(t);
  await writeFile(path.join(UPDRAFT_DATA_DIR, 'updraft.db'), 'no database'.repeat(1000));
  const server = start(t, { UPDRAFT_DATA_DIR });
  assert.equal(await server.ended, 1);
  assert.match(server.output(), /not a database/);
  assert.ok(!server.output().includes('    at '));
});

test('a database that does not answer ends the start with code 1, its reason and no password', async (t) => {
  const server = start(t, {
    UPDRAFT_DATA_DIR: await aFolder(t),
    UPDRAFT_DATABASE_URL: `postgres://somebody:hidden-word@127.0.0.1:${await lastingPort()}/none`,
    UPDRAFT_INSTANCE_KEY: '0'.repeat(64),
  });
  assert.equal(await server.ended, 1);
  assert.match(server.output(), /UPDRAFT_DATABASE_URL.*ECONNREFUSED/);
  assert.doesNotMatch(server.output(), /hidden-word| {4}at /);
});

test('a second server on one data directory refuses to start', async (t) => {
  const UPDRAFT_DATA_DIR = await aFolder(t);
  await listening(start(t, { UPDRAFT_DATA_DIR }));
  const second = start(t, { UPDRAFT_DATA_DIR });
  assert.equal(await second.ended, 1);
  assert.ok(!second.output().includes('    at '));
});

test('a running download ends well after SIGTERM, and nothing new is accepted', async (t) => {
  const server = start(t, { UPDRAFT_DATA_DIR: await aFolder(t), UPDRAFT_ADMIN_PASSWORD: 'correct horse battery' });
  const url = await listening(server);
  const headers = { authorization: basic('admin', 'correct horse battery') };
  const file = Buffer.alloc(32 * 1024 * 1024, 7);
  const upload = await fetch(`${url}/api/v1/artifacts?filename=big`, { method: 'POST', body: file, headers });
  const { id } = (await upload.json()) as { readonly id: string };
  const download = await fetch(`${url}/api/v1/artifacts/${id}/content`, { headers });
  server.child.kill('SIGTERM');
  await untilRefused(url);
  assert.equal((await download.arrayBuffer()).byteLength, file.length);
  assert.equal(await server.ended, 0);
});

async function untilRefused(url: string): Promise<void> {
  const signal = AbortSignal.timeout(30_000);
  while (!signal.aborted) {
    const answer = await fetch(`${url}/healthz`, { headers: { connection: 'close' } }).catch(() => null);
    if (answer === null) return;
    await answer.body?.cancel();
  }
  assert.fail('it still accepts');
}

test('with a certificate it speaks HTTPS, HTTP/1.1 only', async (t) => {
  const folder = await aFolder(t);
  const { keyPem, certificatePem } = await newSigningKey({ algorithm: 'ec-p256', subject: 'localhost', days: 1 });
  const [UPDRAFT_TLS_CERT, UPDRAFT_TLS_KEY] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')];
  await writeFile(UPDRAFT_TLS_CERT, certificatePem);
  await writeFile(UPDRAFT_TLS_KEY, keyPem);
  const server = start(t, { UPDRAFT_DATA_DIR: path.join(folder, 'data'), UPDRAFT_TLS_CERT, UPDRAFT_TLS_KEY });
  const url = new URL(await listening(server));
  assert.equal(url.protocol, 'https:');
  const { connect } = await import('node:tls');
  const options = { port: Number(url.port), rejectUnauthorized: false, ALPNProtocols: ['h2', 'http/1.1'] };
  const socket = connect({ host: url.hostname, ...options });
  await once(socket, 'secureConnect');
  assert.equal(socket.alpnProtocol, 'http/1.1');
  socket.destroy();
});

test('a certificate that is not there, or of another key, ends the start with its setting’s name', async (t) => {
  const folder = await aFolder(t);
  const one = await newSigningKey({ algorithm: 'ec-p256', subject: 'a', days: 1 });
  const other = await newSigningKey({ algorithm: 'ec-p256', subject: 'b', days: 1 });
  const [UPDRAFT_TLS_CERT, UPDRAFT_TLS_KEY] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')];
  await writeFile(UPDRAFT_TLS_KEY, other.keyPem);
  const settings = { UPDRAFT_DATA_DIR: path.join(folder, 'data'), UPDRAFT_TLS_CERT, UPDRAFT_TLS_KEY };
  const absent = start(t, settings);
  assert.equal(await absent.ended, 2);
  assert.match(absent.output(), /UPDRAFT_TLS_CERT .*ENOENT/);
  await writeFile(UPDRAFT_TLS_CERT, one.certificatePem);
  const foreign = start(t, settings);
  assert.equal(await foreign.ended, 2);
  assert.match(foreign.output(), /UPDRAFT_TLS_KEY/);
});

test('no log line holds a password or a token', async (t) => {
  const UPDRAFT_DATA_DIR = await aFolder(t);
  const server = start(t, { UPDRAFT_DATA_DIR, UPDRAFT_ADMIN_PASSWORD: 'correct horse battery' });
  const url = await listening(server);
  const headers = { authorization: basic('admin', 'correct horse battery') };
  await fetch(`${url}/api/v1/users`, {
    method: 'POST',
    body: '{"name":"ben","password":"broken',
    headers: { ...headers, 'content-type': 'application/json' },
  });
  await fetch(`${url}/api/v1/whoami`, { headers: { authorization: 'Bearer very-secret-token' } });
  server.child.kill('SIGINT');
  assert.equal(await server.ended, 0);
  const key = await readFile(path.join(UPDRAFT_DATA_DIR, 'instance.key'), 'utf8');
  for (const secret of ['correct horse', 'broken', 'very-secret-token', key.trim()])
    assert.ok(!server.output().includes(secret));
});
