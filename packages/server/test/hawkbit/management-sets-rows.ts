import assert from 'node:assert/strict';
import { basic, type TestServer } from '../a-server.ts';
import { ask, expect, fresh, type Json, refusedAs } from './management-kit.ts';
import { differs, row, type Row } from './row.ts';
import { aModule, aSet, idsOf, modesWith } from './software-kit.ts';

const LIST = '/distributionsets';
type Server = Pick<TestServer, 'fetch'>;

async function modulesOf(server: Server, id: number): Promise<readonly number[]> {
  return (await expect(server, 200, `GET ${LIST}/${id}/assignedSM`)).content.map((one: Json) => one.id);
}

/** Published by our own API: what hawkBit calls locked by its first assignment. */
async function aPublishedSet(server: TestServer): Promise<Json> {
  const { id, name } = await aSet(server);
  const { items } = await server.api.call('releases.list', { query: { filter: `name==${name}` } });
  await server.api.call('releases.publish', { params: { id: items[0]?.id ?? '' } });
  return expect(server, 200, `GET ${LIST}/${id}`);
}

/** Distribution sets: §1, §2, §3.6, §6 of the reference. */
export const setRows: readonly Row[] = [
  row(
    'mgmt.sets.create',
    'distribution sets are made with their modules, and shown with all they are',
    async (fleet) => {
      const os = await aModule(fleet, { type: 'os' });
      const wish = { name: fresh('Set'), version: '1.2', description: 'A set', requiredMigrationStep: true };
      const set = await aSet(fleet, { ...wish, type: 'os_app', modules: [{ id: os.id }] });
      const { _links, createdBy, createdAt, lastModifiedBy, lastModifiedAt, id, modules, ...rest } = set;
      const state = { complete: true, locked: false, deleted: false, valid: true };
      assert.deepEqual(rest, { ...wish, ...state, type: 'os_app', typeName: 'OS with app(s)' });
      assert.deepEqual([createdBy, lastModifiedBy, lastModifiedAt], ['admin', 'admin', createdAt]);
      assert.deepEqual(modules, [{ ...os, _links: { self: os._links.self } }]);
      const [type] = await idsOf(fleet, '/distributionsettypes', 'key==os_app');
      const base = `${fleet.url}/rest/v1${LIST}/${id}`;
      assert.deepEqual(_links, {
        self: { href: base },
        modules: { href: `${base}/assignedSM?offset=0&limit=50` },
        type: { href: `${fleet.url}/rest/v1/distributionsettypes/${type}` },
        metadata: { href: `${base}/metadata?offset=0&limit=50` },
      });
      assert.deepEqual(await expect(fleet, 200, `GET ${LIST}/${id}`), set);
    },
  ),
  row('mgmt.sets.default-type', 'a set of which nobody says the type is an os_app', async (fleet) => {
    const [set] = await expect(fleet, 201, `POST ${LIST}`, { body: [{ name: fresh('s'), version: '1' }] });
    assert.deepEqual([set.type, set.complete, set.modules], ['os_app', false, []]);
  }),
  row(
    'mgmt.sets.refused',
    'sets are made all or none: names are taken once, and what they name is there',
    async (fleet) => {
      const { name, version } = await aSet(fleet);
      const fine = { name: fresh('fine'), version: '1' };
      const refuse = async (set: Json, status: number, key: string) =>
        refusedAs(await ask(fleet, `POST ${LIST}`, { body: [fine, set] }), status, key);
      await refuse({ name: name.toUpperCase(), version }, 409, 'repo.entityAlreadyExists');
      await refuse({ name: fresh('x'), version: '1', type: fresh('none') }, 404, 'repo.entityNotFound');
      await refuse({ name: fresh('x'), version: '1', modules: [{ id: 999_999 }] }, 404, 'repo.entityNotFound');
      await refuse({ version: '1' }, 400, 'repo.constraintViolation');
      await refuse({ name: 'x' }, 400, 'repo.constraintViolation');
      const { id } = await aModule(fleet, { type: 'application' });
      const unfit = { name: fresh('x'), version: '1', type: 'os', modules: [{ id }] };
      await refuse(unfit, 400, 'distributionset.modules.unsupported');
      assert.deepEqual(await idsOf(fleet, LIST, `name==${fine.name}`), []);
    },
  ),
  row('mgmt.sets.unknown', 'what is not there is not found', async (fleet) => {
    for (const path of ['', '/assignedSM', '/metadata'])
      refusedAs(await ask(fleet, `GET ${LIST}/999999${path}`), 404, 'repo.entityNotFound');
    refusedAs(await ask(fleet, `DELETE ${LIST}/999999`), 404, 'repo.entityNotFound');
    refusedAs(await ask(fleet, `PUT ${LIST}/999999`, { body: {} }), 404, 'repo.entityNotFound');
  }),
  row('mgmt.sets.change', 'a set is changed; what a change leaves out stays', async (fleet) => {
    const { id, version } = await aSet(fleet, { description: 'old' });
    const name = fresh('renamed');
    const body = { name, requiredMigrationStep: true };
    const changed = await expect(fleet, 200, `PUT ${LIST}/${id}`, { body });
    const { description, requiredMigrationStep } = changed;
    assert.deepEqual([changed.name, changed.version, description, requiredMigrationStep], [name, version, 'old', true]);
    const other = await aSet(fleet);
    const taken = await ask(fleet, `PUT ${LIST}/${other.id}`, { body: { name, version } });
    refusedAs(taken, 409, 'repo.entityAlreadyExists');
  }),
  row('mgmt.sets.modules', 'modules are added, listed and removed', async (fleet) => {
    const { id, modules } = await aSet(fleet);
    const more = await aModule(fleet);
    await expect(fleet, 204, `POST ${LIST}/${id}/assignedSM`, { body: [{ id: more.id }, { id: more.id }] });
    assert.deepEqual(await modulesOf(fleet, id), [modules[0].id, more.id]);
    const page = await expect(fleet, 200, `GET ${LIST}/${id}/assignedSM?offset=1&limit=1`);
    assert.deepEqual([page.total, page.size, page.content[0].id], [2, 1, more.id]);
    await expect(fleet, 204, `DELETE ${LIST}/${id}/assignedSM/${more.id}`);
    assert.deepEqual(await modulesOf(fleet, id), [modules[0].id]);
    const gone = await ask(fleet, `DELETE ${LIST}/${id}/assignedSM/${more.id}`);
    refusedAs(gone, 404, 'repo.entityNotFound');
    const unknown = await ask(fleet, `POST ${LIST}/${id}/assignedSM`, { body: [{ id: 999_999 }] });
    refusedAs(unknown, 404, 'repo.entityNotFound');
  }),
  row('mgmt.sets.modules-quota', 'a set has at most 100 modules', async (fleet) => {
    const name = fresh('many');
    const body = Array.from({ length: 101 }, (_, at) => ({ name, version: `${at}`, type: 'application' }));
    const made = await expect(fleet, 201, 'POST /softwaremodules', { body });
    const modules = made.map(({ id }: Json) => ({ id }));
    const set = { name: fresh('set'), version: '1', type: 'app', modules };
    refusedAs(await ask(fleet, `POST ${LIST}`, { body: [set] }), 429, 'quota.tooManyEntries');
  }),
  row('mgmt.sets.max-assignments', 'of a type that may be there once the newest module counts', async (fleet) => {
    const [first, second] = [await aModule(fleet, { type: 'os' }), await aModule(fleet, { type: 'os' })];
    const { id } = await aSet(fleet, { type: 'os', modules: [{ id: first.id }] });
    await expect(fleet, 204, `POST ${LIST}/${id}/assignedSM`, { body: [{ id: second.id }] });
    assert.deepEqual(await modulesOf(fleet, id), [second.id]);
  }),
  row('mgmt.sets.complete', 'a set is complete with a module of each mandatory type', async (fleet) => {
    const app = await aModule(fleet);
    const { id, complete } = await aSet(fleet, { type: 'os_app', modules: [{ id: app.id }] });
    assert.equal(complete, false);
    assert.deepEqual(await idsOf(fleet, LIST, `complete==false;id==${id}`), [id]);
    const os = await aModule(fleet, { type: 'os' });
    await expect(fleet, 204, `POST ${LIST}/${id}/assignedSM`, { body: [{ id: os.id }] });
    assert.equal((await expect(fleet, 200, `GET ${LIST}/${id}`)).complete, true);
    assert.deepEqual(await idsOf(fleet, LIST, `complete==true;id==${id}`), [id]);
  }),
  row(
    'mgmt.sets.lock',
    'a locked set keeps its modules, which are locked with it, until it is unlocked',
    async (fleet) => {
      const { id, modules } = await aSet(fleet);
      const [{ id: module }] = modules;
      assert.equal((await expect(fleet, 200, `PUT ${LIST}/${id}`, { body: { locked: true } })).locked, true);
      assert.equal((await expect(fleet, 200, `GET /softwaremodules/${module}`)).locked, true);
      const body = [{ id: (await aModule(fleet)).id }];
      refusedAs(await ask(fleet, `POST ${LIST}/${id}/assignedSM`, { body }), 423, 'locked');
      refusedAs(await ask(fleet, `DELETE ${LIST}/${id}/assignedSM/${module}`), 423, 'locked');
      refusedAs(await ask(fleet, `PUT ${LIST}/${id}`, { body: { requiredMigrationStep: true } }), 423, 'locked');
      assert.equal((await expect(fleet, 200, `PUT ${LIST}/${id}`, { body: { locked: false } })).locked, false);
      await expect(fleet, 204, `POST ${LIST}/${id}/assignedSM`, { body });
    },
  ),
  row('mgmt.sets.lock-incomplete', 'what is not complete is not locked', async (fleet) => {
    const [{ id }] = await expect(fleet, 201, `POST ${LIST}`, { body: [{ name: fresh('s'), version: '1' }] });
    refusedAs(await ask(fleet, `PUT ${LIST}/${id}`, { body: { locked: true } }), 400, 'distributionset.incomplete');
  }),
  differs('mgmt.sets.published', 'what was published is described anew, and stays as it is else', {
    why: 'a published release never changes: hawkBit would rename and unlock it',
    check: async (fleet) => {
      const { id, locked, modules } = await aPublishedSet(fleet);
      assert.equal(locked, true);
      for (const body of [{ name: fresh('n') }, { version: '9' }, { locked: false }, { requiredMigrationStep: true }])
        refusedAs(await ask(fleet, `PUT ${LIST}/${id}`, { body }), 423, 'locked');
      const described = await expect(fleet, 200, `PUT ${LIST}/${id}`, { body: { description: 'new', locked: true } });
      assert.equal(described.description, 'new');
      const module = modules[0].id;
      refusedAs(await ask(fleet, `PUT /softwaremodules/${module}`, { body: { locked: false } }), 423, 'locked');
      refusedAs(await ask(fleet, `DELETE /softwaremodules/${module}`), 423, 'locked');
    },
  }),
  row('mgmt.sets.delete', 'a set that was never assigned is gone, and its modules stay', async (fleet) => {
    const { id, modules } = await aSet(fleet);
    await expect(fleet, 204, `DELETE ${LIST}/${id}`);
    refusedAs(await ask(fleet, `GET ${LIST}/${id}`), 404, 'repo.entityNotFound');
    assert.equal((await expect(fleet, 200, `GET /softwaremodules/${modules[0].id}`)).deleted, false);
  }),
  row('mgmt.sets.soft-delete', 'a set with a history is kept, and listed only on request', async (fleet) => {
    const { id } = await aPublishedSet(fleet);
    await expect(fleet, 204, `DELETE ${LIST}/${id}`);
    assert.equal((await expect(fleet, 200, `GET ${LIST}/${id}`)).deleted, true);
    assert.deepEqual(await modesWith(fleet, LIST, id), ['ONLY_SOFT_DELETED', 'INCLUDE_SOFT_DELETED']);
    refusedAs(await ask(fleet, `DELETE ${LIST}/${id}`), 404, 'repo.entityNotFound');
  }),
  row('mgmt.sets.metadata', 'metadata is added, shown, changed and deleted', async (fleet) => {
    const what = `${LIST}/${(await aSet(fleet)).id}/metadata`;
    const body = [{ key: 'k', value: 'v' }];
    await expect(fleet, 201, `POST ${what}`, { body });
    refusedAs(await ask(fleet, `POST ${what}`, { body }), 409, 'repo.entityAlreadyExists');
    assert.deepEqual((await expect(fleet, 200, `GET ${what}`)).content, body);
    await expect(fleet, 204, `PUT ${what}/k`, { body: { value: 'w' } });
    assert.deepEqual(await expect(fleet, 200, `GET ${what}/k`), { key: 'k', value: 'w' });
    await expect(fleet, 204, `DELETE ${what}/k`);
    refusedAs(await ask(fleet, `GET ${what}/k`), 404, 'repo.entityNotFound');
    refusedAs(await ask(fleet, `PUT ${what}/k`, { body: { value: 'w' } }), 404, 'repo.entityNotFound');
  }),
  row('mgmt.sets.filter', 'sets are found by each searchable field', async (fleet) => {
    const set = await aSet(fleet, { description: 'Rack set', version: '7.1' });
    const { id, name, modules } = set;
    await expect(fleet, 201, `POST ${LIST}/${id}/metadata`, { body: [{ key: 'k', value: 'v1' }] });
    const [tag] = await expect(fleet, 201, 'POST /distributionsettags', { body: [{ name: fresh('Stable') }] });
    await expect(fleet, 204, `POST /distributionsettags/${tag.id}/assigned/${id}`);
    const [type] = await idsOf(fleet, '/distributionsettypes', 'key==app');
    for (const q of [
      `name==${name.toUpperCase()}`,
      'version==7.*',
      'description=="rack *"',
      'type==APP',
      'type.key==app',
      'type.name==app*',
      `type.id==${type}`,
      `module.id==${modules[0].id}`,
      `module.name==${modules[0].name}`,
      `tag==${tag.name}`,
      `tag.name==${tag.name};tag==*`,
      'metadata.k==V1',
      'valid==true;complete==true',
      'createdby==admin;createdat=gt=0',
      'lastmodifiedby==admin;lastmodifiedat=le=${NOW_TS}',
    ])
      assert.deepEqual(await idsOf(fleet, LIST, `(${q});id==${id}`), [id], q);
    for (const q of ['type==os', 'tag!=*', 'valid==false', 'complete==false', 'module.id==999999'])
      assert.deepEqual(await idsOf(fleet, LIST, `(${q});id==${id}`), [], q);
  }),
  row('mgmt.sets.other-tenant', 'sets and modules of another tenant are not there', async (fleet) => {
    const { id, modules } = await aSet(fleet);
    const name = fresh('tenant');
    await fleet.api.call('tenants.create', { body: { name, user: { name, password: 'a password of it' } } });
    const as = basic(name, 'a password of it');
    for (const what of [
      `${LIST}/${id}`,
      `/softwaremodules/${modules[0].id}`,
      `/softwaremodules/${modules[0].id}/artifacts`,
    ]) {
      refusedAs(await ask(fleet, `GET ${what}`, { as }), 404, 'repo.entityNotFound');
    }
    const body = [{ name: fresh('s'), version: '1', type: 'app', modules: [{ id: modules[0].id }] }];
    refusedAs(await ask(fleet, `POST ${LIST}`, { as, body }), 404, 'repo.entityNotFound');
  }),
];
