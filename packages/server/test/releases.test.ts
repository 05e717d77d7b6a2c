import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, test } from 'node:test';
import { aServer, codeOf, json, type TestServer } from './a-server.ts';
import { aTenant } from './a-tenant.ts';
import { uploaded } from './uploading.ts';

const shared = await aServer({ after });

type Wish = { readonly version: string; readonly deviceTypes?: string[]; readonly components?: string[] };

async function aComponent({ api, ...server }: TestServer, name: string): Promise<string> {
  const { id } = await uploaded({ api, ...server }, Buffer.from(`content of ${name}`), `${name}.bin`);
  return (await api.call('components.create', { body: { name, version: '1.0', artifacts: [id] } })).id;
}

async function aDraft({ api }: TestServer, { version, deviceTypes = [], components = [] }: Wish) {
  return api.call('releases.create', { body: { name: 'os', version, deviceTypes, components } });
}

test('publishing fixes a manifest whose sha256 is the release', async () => {
  const server = await aTenant(shared);
  await server.api.call('device-types.create', { body: { name: 'board-b' } });
  await server.api.call('device-types.create', { body: { name: 'board-a' } });
  const components = [await aComponent(server, 'os'), await aComponent(server, 'app')];
  const draft = await aDraft(server, { version: '1', deviceTypes: ['board-b', 'board-a'], components });
  assert.deepEqual([draft.state, draft.manifestSha256, draft.counter], ['draft', null, null]);
  const release = await server.api.call('releases.publish', { params: { id: draft.id } });
  assert.deepEqual([release.state, release.counter], ['published', 1]);
  const manifest = await server.fetch(`/api/v1/releases/${draft.id}/manifest`);
  const text = await manifest.text();
  assert.equal(createHash('sha256').update(text).digest('hex'), release.manifestSha256);
  const hash = (name: string) => createHash('sha256').update(`content of ${name}`).digest('hex');
  const part = (name: string) => ({
    artifacts: [{ filename: `${name}.bin`, length: `content of ${name}`.length, sha256: hash(name) }],
    kind: 'os',
    name,
    version: '1.0',
  });
  assert.deepEqual(JSON.parse(text), {
    components: [part('os'), part('app')],
    counter: 1,
    deviceTypes: ['board-a', 'board-b'],
    name: 'os',
    version: '1',
  });
});

test('a draft has no manifest, and one without an artifact is not published', async () => {
  const server = await aTenant(shared);
  const { id } = await aDraft(server, { version: '1' });
  assert.equal(await codeOf(await server.fetch(`/api/v1/releases/${id}/manifest`)), 'release-not-published');
  assert.equal(await codeOf(await server.fetch(`/api/v1/releases/${id}/publish`, { method: 'POST' })), 'release-empty');
});

test('a published release never changes', async () => {
  const server = await aTenant(shared);
  const draft = await aDraft(server, { version: '1', components: [await aComponent(server, 'os')] });
  const before = await server.api.call('releases.publish', { params: { id: draft.id } });
  const at = `/api/v1/releases/${draft.id}`;
  assert.equal(await codeOf(await server.fetch(at, json('PATCH', { description: 'x' }))), 'release-not-draft');
  assert.equal(await codeOf(await server.fetch(at, { method: 'DELETE' })), 'release-not-draft');
  assert.equal(await codeOf(await server.fetch(`${at}/publish`, { method: 'POST' })), 'release-not-draft');
  assert.deepEqual(await server.api.call('releases.show', { params: { id: draft.id } }), before);
});

test('a withdrawn release stays as it was published, and comes not back', async () => {
  const server = await aTenant(shared);
  const draft = await aDraft(server, { version: '1', components: [await aComponent(server, 'os')] });
  const at = `/api/v1/releases/${draft.id}`;
  assert.equal(await codeOf(await server.fetch(`${at}/withdraw`, { method: 'POST' })), 'release-not-published');
  const published = await server.api.call('releases.publish', { params: { id: draft.id } });
  const withdrawn = await server.api.call('releases.withdraw', { params: { id: draft.id } });
  assert.deepEqual([withdrawn.state, withdrawn.manifestSha256], ['withdrawn', published.manifestSha256]);
  assert.equal(await codeOf(await server.fetch(`${at}/withdraw`, { method: 'POST' })), 'release-not-published');
  assert.equal(await codeOf(await server.fetch(`${at}/publish`, { method: 'POST' })), 'release-not-draft');
  assert.equal((await server.fetch(`${at}/manifest`)).status, 200);
});

test('a draft is changed as a whole or in part, in the revision that was seen', async () => {
  const server = await aTenant(shared);
  await server.api.call('device-types.create', { body: { name: 'board' } });
  const [one, two] = [await aComponent(server, 'one'), await aComponent(server, 'two')];
  const draft = await aDraft(server, { version: '1', components: [one] });
  const { id } = draft;
  const changed = await server.api.call('releases.change', {
    params: { id },
    body: { components: [two, one] },
    ifMatch: draft.revision,
  });
  assert.deepEqual(
    changed.components.map(({ name }) => name),
    ['two', 'one'],
  );
  const stale = await server.fetch(
    `/api/v1/releases/${id}`,
    json('PATCH', { description: 'x' }, { 'if-match': '"1"' }),
  );
  assert.equal(await codeOf(stale), 'precondition-failed');
  const typed = await server.api.call('releases.change', { params: { id }, body: { deviceTypes: ['board'] } });
  assert.deepEqual([typed.deviceTypes, typed.components.length], [['board'], 2]);
  const stalePublish = await server.fetch(`/api/v1/releases/${id}/publish`, {
    method: 'POST',
    headers: { 'if-match': '"1"' },
  });
  assert.equal(await codeOf(stalePublish), 'precondition-failed');
});

test('a release that names what is not there is refused whole', async () => {
  const server = await aTenant(shared);
  const nobody = '01920000-0000-7000-8000-000000000000';
  const create = (body: object) =>
    server.fetch('/api/v1/releases', json('POST', { name: 'os', version: '1', ...body }));
  assert.equal(await codeOf(await create({ components: [nobody] })), 'not-found');
  assert.equal(await codeOf(await create({ deviceTypes: ['nothing'] })), 'not-found');
  assert.equal((await server.api.call('releases.list')).total, 0);
  assert.equal((await create({})).status, 201);
  assert.equal(await codeOf(await create({})), 'name-taken');
});

test('a component that a release holds is not deleted, and is free when the draft is gone', async () => {
  const server = await aTenant(shared);
  const component = await aComponent(server, 'os');
  const draft = await aDraft(server, { version: '1', components: [component] });
  const at = `/api/v1/components/${component}`;
  assert.equal(await codeOf(await server.fetch(at, { method: 'DELETE' })), 'component-in-use');
  await server.api.call('releases.delete', { params: { id: draft.id } });
  assert.equal((await server.fetch(at, { method: 'DELETE' })).status, 204);
});

test('two artifacts of one name make no component', async () => {
  const server = await aTenant(shared);
  const one = await uploaded(server, Buffer.from('1'), 'same.bin');
  const two = await uploaded(server, Buffer.from('2'), 'same.bin');
  const body = { name: 'os', version: '1', artifacts: [one.id, two.id] };
  assert.equal(await codeOf(await server.fetch('/api/v1/components', json('POST', body))), 'body-invalid');
});

test('a counter is greater than that of each release published before for one of its device types', async () => {
  const server = await aTenant(shared);
  for (const name of ['a', 'b', 'c']) await server.api.call('device-types.create', { body: { name } });
  const components = [await aComponent(server, 'os')];
  const published = async (version: string, deviceTypes: string[]) => {
    const { id } = await aDraft(server, { version, deviceTypes, components });
    return (await server.api.call('releases.publish', { params: { id } })).counter;
  };
  assert.equal(await published('1', ['a']), 1);
  assert.equal(await published('2', ['a', 'b']), 2);
  assert.equal(await published('3', ['c']), 1);
  assert.equal(await published('4', ['b']), 3);
  assert.equal(await published('5', []), 4);
  assert.equal(await published('6', ['c']), 5);
});

test('releases published at the same time get different counters', async () => {
  const server = await aTenant(shared);
  const components = [await aComponent(server, 'os')];
  const versions = ['1', '2', '3', '4', '5', '6'];
  const drafts = await Promise.all(versions.map((version) => aDraft(server, { version, components })));
  const published = await Promise.all(drafts.map(({ id }) => server.api.call('releases.publish', { params: { id } })));
  assert.deepEqual(new Set(published.map(({ counter }) => counter)), new Set([1, 2, 3, 4, 5, 6]));
});

test('releases are listed with their components, filtered by state', async () => {
  const server = await aTenant(shared);
  const components = [await aComponent(server, 'os')];
  const first = await aDraft(server, { version: '1', components });
  await aDraft(server, { version: '2' });
  await server.api.call('releases.publish', { params: { id: first.id } });
  const list = await server.api.call('releases.list', { query: { filter: 'state==published' } });
  assert.deepEqual(
    list.items.map(({ version, components: held }) => [version, held[0]?.artifacts[0]?.filename]),
    [['1', 'os.bin']],
  );
  const listed = await server.api.call('components.list', { query: { filter: 'name==o*' } });
  assert.equal(listed.items[0]?.artifacts.length, 1);
});
