import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { postgresMaker } from '../../store/test/postgres-maker.ts';
import { aServer, codeOf, type TestServer } from './a-server.ts';
import { aTenant } from './a-tenant.ts';
import { begunUpload, patch, shownUpload, uploaded } from './uploading.ts';

const { cluster, end } = postgresMaker();
after(end);

/** On a tenant of its own. */
const CHECKS: Readonly<Record<string, (server: TestServer) => Promise<void>>> = {
  'releases published at the same time get different counters': async (server) => {
    const { api } = server;
    const { id } = await uploaded(server, Buffer.from('content'));
    const component = await api.call('components.create', { body: { name: 'os', version: '1', artifacts: [id] } });
    await api.call('device-types.create', { body: { name: 'board' } });
    const drafts = await Promise.all(
      ['1', '2', '3', '4', '5', '6'].map((version, index) => {
        const deviceTypes = index % 2 === 0 ? ['board'] : [];
        return api.call('releases.create', { body: { name: 'os', version, deviceTypes, components: [component.id] } });
      }),
    );
    const published = await Promise.all(
      drafts.map((draft) => api.call('releases.publish', { params: { id: draft.id } })),
    );
    assert.deepEqual(new Set(published.map(({ counter }) => counter)), new Set([1, 2, 3, 4, 5, 6]));
  },
  'of one draft that is published twice at the same time, one manifest comes out': async (server) => {
    const { api } = server;
    const { id } = await uploaded(server, Buffer.from('content'));
    const component = await api.call('components.create', { body: { name: 'os', version: '1', artifacts: [id] } });
    const body = { name: 'os', version: '1', components: [component.id] };
    const draft = await api.call('releases.create', { body });
    const publish = () => server.fetch(`/api/v1/releases/${draft.id}/publish`, { method: 'POST' });
    const answers = await Promise.all([publish(), publish(), publish()]);
    const refused = answers.filter(({ status }) => status !== 200);
    assert.deepEqual(await Promise.all(refused.map(codeOf)), ['release-not-draft', 'release-not-draft']);
  },
  'a resumable upload becomes one artifact, and what a component takes is not deleted under it': async (server) => {
    const at = await begunUpload(server, 6);
    await patch(server, at, { offset: 0, body: Buffer.from('012') });
    await patch(server, at, { offset: 3, body: Buffer.from('345') });
    const { state, artifact } = await shownUpload(server, at);
    assert.equal(state, 'done');
    const id = artifact ?? '';
    const [component, deletion] = await Promise.allSettled([
      server.api.call('components.create', { body: { name: 'os', version: '1', artifacts: [id] } }),
      server.api.call('artifacts.delete', { params: { id } }),
    ]);
    assert.notEqual(component.status, deletion.status);
  },
};

void test('releases and artifacts on PostgreSQL', async (t) => {
  const url = await (await cluster(t))?.createDatabase('perhaps-migrated');
  if (url === undefined) return;
  const environment = { UPDRAFT_DATABASE_URL: url, UPDRAFT_INSTANCE_KEY: randomBytes(32).toString('hex') };
  const server = await aServer(t, { environment });
  for (const [name, check] of Object.entries(CHECKS)) await t.test(name, async () => check(await aTenant(server)));
});
