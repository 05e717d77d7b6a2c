import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import tls from 'node:tls';
import {
  issueCertificate,
  makeAuthority,
  makeServerCertificate,
  type ServerCertificate,
  type SigningKey,
} from '../../../test/devices/certificates.ts';
import { programsOrSkip } from '../../../test/programs/debian.ts';
import { aServer, type TestServer } from './a-server.ts';

type World = {
  readonly server: TestServer;
  readonly folder: string;
  /** Signs devices; the server names it. */
  readonly authority: SigningKey;
};

/** Who is let in by the certificate of a connection; one test each, on one server that asks for them. */
test('a device shows a certificate to the server itself', async (t) => {
  if (programsOrSkip(t, ['openssl']) === undefined) return;
  const folder = await mkdtemp(path.join(os.tmpdir(), 'updraft-certificates-'));
  t.after(() => rm(folder, { recursive: true }));
  const [authority, own] = await Promise.all([makeAuthority(folder, 'device-ca'), makeServerCertificate(folder)]);
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), await readFile(own.caFile, 'utf8')]);
  const server = await aServer(t, {
    environment: {
      UPDRAFT_TLS_CERT: own.certificateFile,
      UPDRAFT_TLS_KEY: own.keyFile,
      UPDRAFT_TLS_CLIENT_CA: authority.certificateFile,
    },
  });
  const world = { server, folder, authority };
  await trust(world, 'device-ca');
  for (const [name, check] of Object.entries(CHECKS)) await t.test(name, () => check(world));
});

const CHECKS: Readonly<Record<string, (world: World) => Promise<void>>> = {
  'it is let in under its common name, joins, and needs no token': async (world) => {
    const shown = await issueCertificate(world.folder, world.authority, { name: 'joining' });
    assert.equal(await statusOf(world, 'joining', shown), 200);
    const { identity } = await world.server.api.call('devices.show', { params: { device: 'joining' } });
    assert.equal(identity, 'accepted');
    assert.equal(await statusOf(world, 'another', shown), 401, 'it is nobody else');
  },
  'the tenant names the issuer by its name or its fingerprint, or nobody is let in so': async (world) => {
    const shown = await issueCertificate(world.folder, world.authority, { name: 'named' });
    const { fingerprint256 } = new X509Certificate(await readFile(world.authority.certificateFile));
    await trust(world, fingerprint256);
    assert.equal(await statusOf(world, 'named', shown), 200);
    await trust(world, 'another-ca');
    assert.equal(await statusOf(world, 'named', shown), 401);
    await trust(world, 'device-ca');
    await world.server.api.call('settings.change', { body: { trustedHeader: false } });
    assert.equal(await statusOf(world, 'named', shown), 401);
    await trust(world, 'device-ca');
  },
  'a certificate of a stranger with the same name is worth nothing': async (world) => {
    const folder = await mkdtemp(path.join(world.folder, 'stranger-'));
    const shown = await issueCertificate(folder, await makeAuthority(folder, 'device-ca'), { name: 'fooled' });
    assert.equal(await statusOf(world, 'fooled', shown), 401);
  },
  'one that a named authority did not sign itself is worth nothing, whatever its signer calls itself': async (
    world,
  ) => {
    const folder = await mkdtemp(path.join(world.folder, 'below-'));
    const wish = { name: 'device-ca', extension: 'basicConstraints=critical,CA:TRUE' };
    const below = await issueCertificate(folder, world.authority, wish);
    const shown = await issueCertificate(folder, below, { name: 'below' });
    await appendFile(shown.certificateFile, await readFile(below.certificateFile));
    assert.equal(await statusOf(world, 'below', shown), 401);
  },
  'one that is not for clients is worth nothing': async (world) => {
    const wish = { name: 'purpose', extension: 'extendedKeyUsage=serverAuth' };
    assert.equal(await statusOf(world, 'purpose', await issueCertificate(world.folder, world.authority, wish)), 401);
  },
  'who shows none comes in by a token, also on a session that is taken up again': async (world) => {
    const { secret } = await world.server.api.call('gateway-tokens.create', { body: { name: 'line' } });
    await world.server.api.call('settings.change', { body: { gatewayTokens: true } });
    const agent = new Agent({ keepAlive: false, maxCachedSessions: 10 });
    const authorization = `GatewayToken ${secret}`;
    assert.equal((await poll(world, 'by-token', { agent, headers: { authorization } })).status, 200);
    const again = await poll(world, 'by-token', { agent });
    assert.deepEqual([again.isResumed, again.status], [true, 401]);
  },
  'a device that shows one on a session that is taken up again is let in': async (world) => {
    const shown = await issueCertificate(world.folder, world.authority, { name: 'again' });
    const agent = new Agent({ keepAlive: false, maxCachedSessions: 10, ...(await pemOf(shown)) });
    assert.equal((await poll(world, 'again', { agent })).status, 200);
    const again = await poll(world, 'again', { agent });
    assert.deepEqual([again.isResumed, again.status], [true, 200]);
  },
};

async function trust({ server }: World, headerAuthorities: string): Promise<void> {
  await server.api.call('settings.change', { body: { trustedHeader: true, headerAuthorities } });
}

async function pemOf({ certificateFile, keyFile }: ServerCertificate): Promise<{ cert: Buffer; key: Buffer }> {
  const [cert, key] = await Promise.all([readFile(certificateFile), readFile(keyFile)]);
  return { cert, key };
}

async function statusOf(world: World, name: string, shown: ServerCertificate): Promise<number | undefined> {
  const agent = new Agent({ keepAlive: false, maxCachedSessions: 0, ...(await pemOf(shown)) });
  return (await poll(world, name, { agent })).status;
}

async function poll(
  { server }: World,
  name: string,
  options: { readonly agent: Agent; readonly headers?: Readonly<Record<string, string>> },
): Promise<{ readonly status: number | undefined; readonly isResumed: boolean }> {
  const asked = request(new URL(`/default/controller/v1/${name}`, server.url), options).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  const isResumed = (answer.socket as tls.TLSSocket).isSessionReused();
  await once(answer.resume(), 'end');
  return { status: answer.statusCode, isResumed };
}
