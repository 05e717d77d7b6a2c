import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, test } from 'node:test';
import { newSigningKey } from '@updraft/bundles';
import { aServer, json, type TestServer } from './a-server.ts';
import { aTenant } from './a-tenant.ts';

const shared = await aServer({ after });

const CERTIFICATES = '/api/v1/signing-certificates';

async function register(server: TestServer, name: string, pem: string) {
  const answer = await server.fetch(CERTIFICATES, json('POST', { name, pem }));
  return (await answer.json()) as { readonly id: string; readonly code?: string; readonly reason?: string };
}

async function policyOf({ api }: TestServer) {
  return (await api.call('settings.show')).signingPolicy;
}

const aCertificate = async () =>
  (await newSigningKey({ algorithm: 'ec-p256', subject: 'release', days: 30 })).certificatePem;

test('with the first certificate signatures are required, with the last one gone they are not', async () => {
  const server = await aTenant(shared);
  assert.equal(await policyOf(server), 'off');
  const [one, two] = [
    await register(server, 'one', await aCertificate()),
    await register(server, 'two', await aCertificate()),
  ];
  assert.equal(await policyOf(server), 'require');
  await server.api.call('signing-certificates.delete', { params: { id: one.id } });
  assert.equal(await policyOf(server), 'require');
  await server.api.call('signing-certificates.delete', { params: { id: two.id } });
  assert.equal(await policyOf(server), 'off');
});

test('a policy that was set to warn by hand stays when the last certificate goes', async () => {
  const server = await aTenant(shared);
  const { id } = await register(server, 'one', await aCertificate());
  await server.api.call('settings.change', { body: { signingPolicy: 'warn' } });
  await server.api.call('signing-certificates.delete', { params: { id } });
  assert.equal(await policyOf(server), 'warn');
});

test('a second certificate changes no policy that was set by hand', async () => {
  const server = await aTenant(shared);
  await register(server, 'one', await aCertificate());
  await server.api.call('settings.change', { body: { signingPolicy: 'warn' } });
  await register(server, 'two', await aCertificate());
  assert.equal(await policyOf(server), 'warn');
});

test('what is no fit certificate is refused with the reason', async () => {
  const server = await aTenant(shared);
  const good = await aCertificate();
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await register(server, 'good', good);
  const refusals: readonly (readonly [string, string])[] = [
    ['hello', 'not-pem'],
    [`${good}\n${await aCertificate()}`, 'several-certificates'],
    [`${await aCertificate()}\n${privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()}`, 'private-key'],
    ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', 'not-a-certificate'],
    [good, 'already-registered'],
  ];
  for (const [pem, reason] of refusals) {
    const refused = await register(server, `named ${reason}`, pem);
    assert.deepEqual([refused.code, refused.reason], ['certificate-invalid', reason]);
  }
  assert.equal((await register(server, 'good', await aCertificate())).code, 'name-taken');
});
