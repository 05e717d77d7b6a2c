import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import { aServer, type TestServer } from './a-server.ts';
import { aTenant } from './a-tenant.ts';
import { aBundleKit, type BundleKit } from './bundle-kit.ts';
import { begunUpload, filesOf, patch, refusal, shownUpload, upload, uploaded } from './uploading.ts';

const shared = await aServer({ after });

type Signing = {
  readonly server: TestServer;
  readonly kit: BundleKit;
  readonly signer: Awaited<ReturnType<BundleKit['signer']>>;
};

/** A tenant where one certificate is registered, so that signatures are required. */
async function requiring(t: TestContext): Promise<Signing | null> {
  const kit = await aBundleKit(t);
  if (kit === null) return null;
  const server = await aTenant(shared);
  const signer = await kit.signer('release');
  await server.api.call('signing-certificates.create', { body: { name: 'release', pem: signer.pem } });
  return { server, kit, signer };
}

test('a bundle signed by a registered certificate is accepted as verified, with its signer', async (t) => {
  const signing = await requiring(t);
  if (signing === null) return;
  const { server, kit, signer } = signing;
  for (const format of ['newc', 'crc'] as const) {
    const artifact = await uploaded(server, await kit.bundle({ signer, format }), 'image.bin');
    assert.deepEqual([artifact.kind, artifact.signature, artifact.reason], ['swu', 'verified', null]);
    assert.match(artifact.signers[0]?.subject ?? '', /CN=release/);
    const inspection = await server.api.call('artifacts.inspect', { params: { id: artifact.id } });
    assert.deepEqual([inspection.kind, inspection['version']], ['swu', '1.0']);
  }
});

const refused: readonly {
  readonly what: string;
  readonly code: string;
  readonly reason: string;
  readonly make: (signing: Signing) => Promise<Buffer>;
}[] = [
  {
    what: 'an unsigned bundle',
    code: 'bundle-unsigned',
    reason: 'signature-missing',
    make: ({ kit }) => kit.bundle({ signer: null }),
  },
  {
    what: 'a bundle signed by another',
    code: 'bundle-signer-unknown',
    reason: 'signer-unknown',
    make: async ({ kit }) => kit.bundle({ signer: await kit.signer('stranger') }),
  },
  {
    what: 'a bundle whose description was changed after it was signed',
    code: 'bundle-signature-wrong',
    reason: 'description-altered',
    make: ({ kit, signer }) =>
      kit.bundle({ signer, description: (signed) => signed.replace('version = "1.0"', 'version = "9.0"') }),
  },
  {
    what: 'a bundle whose payload is not the signed one',
    code: 'bundle-content-mismatch',
    reason: 'hash-mismatch',
    make: ({ kit, signer }) => kit.bundle({ signer, payload: 'something else' }),
  },
  {
    what: 'a bundle whose payload was changed in the archive',
    code: 'bundle-content-mismatch',
    reason: 'checksum-wrong',
    make: async ({ kit, signer }) => {
      const bundle = await kit.bundle({ signer, format: 'crc' });
      bundle.write('R', bundle.indexOf('root file system'));
      return bundle;
    },
  },
  {
    what: 'a bundle that is cut short',
    code: 'bundle-malformed',
    reason: 'truncated',
    make: async ({ kit, signer }) => {
      const bundle = await kit.bundle({ signer });
      return bundle.subarray(0, bundle.indexOf('root file system') + 10);
    },
  },
];

for (const { what, code, reason, make } of refused) {
  test(`${what} is refused by either way in with the code ${code}, and leaves nothing`, async (t) => {
    const signing = await requiring(t);
    if (signing === null) return;
    const { server } = signing;
    const bundle = await make(signing);
    const before = await filesOf(server);
    assert.deepEqual(await refusal(await upload(server, bundle)), [422, code, reason]);
    const at = await begunUpload(server, bundle.length);
    const answer = await patch(server, at, { offset: 0, body: bundle });
    assert.deepEqual(await refusal(answer), [422, code, reason]);
    const shown = await shownUpload(server, at);
    assert.deepEqual([shown.state, shown.code, shown.artifact], ['refused', code, null]);
    assert.deepEqual(await filesOf(server), { uploads: [], objects: before.objects });
  });
}

test('where the policy is only to warn, all of these are accepted, each with its reason', async (t) => {
  const signing = await requiring(t);
  if (signing === null) return;
  const { server } = signing;
  await server.api.call('settings.change', { body: { signingPolicy: 'warn' } });
  for (const { code, reason, make } of refused) {
    const artifact = await uploaded(server, await make(signing));
    const signature = code === 'bundle-unsigned' ? 'unsigned' : 'unverified';
    assert.deepEqual([artifact.kind, artifact.signature, artifact.reason], ['swu', signature, reason]);
  }
});

test('a file that is no bundle is accepted and marked unsigned, whatever its name says', async (t) => {
  const signing = await requiring(t);
  if (signing === null) return;
  const artifact = await uploaded(signing.server, Buffer.from('not a bundle at all'), 'image.swu');
  assert.deepEqual([artifact.kind, artifact.signature, artifact.reason], ['other', 'unsigned', null]);
});

test('where no certificate is registered, bundles are accepted and told for what they are', async (t) => {
  const kit = await aBundleKit(t);
  if (kit === null) return;
  const server = await aTenant(shared);
  const unsigned = await uploaded(server, await kit.bundle({ signer: null }));
  assert.deepEqual([unsigned.signature, unsigned.reason], ['unsigned', 'signature-missing']);
  const signed = await uploaded(server, await kit.bundle({ signer: await kit.signer('somebody') }));
  assert.equal(signed.signature, 'unverified');
});

async function aDraft({ server }: Signing, bundle: Buffer): Promise<string> {
  const { id } = await uploaded(server, bundle);
  const component = await server.api.call('components.create', { body: { name: 'os', version: '1', artifacts: [id] } });
  const body = { name: 'os', version: '1', components: [component.id] };
  return (await server.api.call('releases.create', { body })).id;
}

test('a bundle that came in before signatures were required is refused when its release is published', async (t) => {
  const kit = await aBundleKit(t);
  if (kit === null) return;
  const signing = { kit, server: await aTenant(shared), signer: await kit.signer('release') };
  const { server, signer } = signing;
  const id = await aDraft(signing, await kit.bundle({ signer: null }));
  await server.api.call('signing-certificates.create', { body: { name: 'release', pem: signer.pem } });
  const answer = await server.fetch(`/api/v1/releases/${id}/publish`, { method: 'POST' });
  assert.deepEqual(await refusal(answer), [422, 'bundle-unsigned', 'signature-missing']);
  assert.equal((await server.api.call('releases.show', { params: { id } })).state, 'draft');
});

test('publishing judges by the certificates that are registered then, and marks the artifact anew', async (t) => {
  const kit = await aBundleKit(t);
  if (kit === null) return;
  const signing = { kit, server: await aTenant(shared), signer: await kit.signer('release') };
  const { server, signer } = signing;
  const id = await aDraft(signing, await kit.bundle({ signer }));
  await server.api.call('signing-certificates.create', { body: { name: 'release', pem: signer.pem } });
  await server.api.call('releases.publish', { params: { id } });
  const [artifact] = (await server.api.call('artifacts.list')).items;
  assert.deepEqual([artifact?.signature, artifact?.reason], ['verified', null]);
});

test('a bundle whose certificate was removed meanwhile is not published', async (t) => {
  const signing = await requiring(t);
  if (signing === null) return;
  const { server, kit, signer } = signing;
  const id = await aDraft(signing, await kit.bundle({ signer }));
  const next = await kit.signer('next');
  await server.api.call('signing-certificates.create', { body: { name: 'next', pem: next.pem } });
  const old = (await server.api.call('signing-certificates.list')).items.find(({ name }) => name === 'release');
  await server.api.call('signing-certificates.delete', { params: { id: old?.id ?? '' } });
  const answer = await server.fetch(`/api/v1/releases/${id}/publish`, { method: 'POST' });
  assert.deepEqual(await refusal(answer), [422, 'bundle-signer-unknown', 'signer-unknown']);
});
