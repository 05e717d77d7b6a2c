import assert from 'node:assert/strict';
import { ask, expect, fresh, type Json, refusedAs } from './management-kit.ts';
import { aTarget } from './management-targets-rows.ts';
import { differs, row, type Row } from './row.ts';
import { aModule, aSet, idsOf, modesWith, upload } from './software-kit.ts';

const LIST = '/softwaremodules';

/** Software modules: §1, §2, §3.6, §6 of the reference. */
export const moduleRows: readonly Row[] = [
  row('mgmt.modules.create', 'modules are made all or none, and shown with all they are', async (fleet) => {
    const wish = { name: fresh('App'), version: '2.0', type: 'application', description: 'An app', vendor: 'Us' };
    const module = await aModule(fleet, wish);
    const { _links, createdBy, createdAt, lastModifiedBy, lastModifiedAt, id, ...rest } = module;
    assert.deepEqual(rest, {
      ...wish,
      typeName: 'Application',
      encrypted: false,
      locked: false,
      deleted: false,
      complete: true,
    });
    assert.deepEqual([createdBy, lastModifiedBy, lastModifiedAt], ['admin', 'admin', createdAt]);
    const [type] = await idsOf(fleet, '/softwaremoduletypes', 'key==application');
    const base = `${fleet.url}/rest/v1${LIST}/${id}`;
    assert.deepEqual(_links, {
      self: { href: base },
      artifacts: { href: `${base}/artifacts` },
      type: { href: `${fleet.url}/rest/v1/softwaremoduletypes/${type}` },
      metadata: { href: `${base}/metadata?offset=0&limit=50` },
    });
    assert.deepEqual(await expect(fleet, 200, `GET ${LIST}/${id}`), module);
    const other = { ...wish, version: '3.0' };
    refusedAs(await ask(fleet, `POST ${LIST}`, { body: [other, wish] }), 409, 'repo.entityAlreadyExists');
    assert.deepEqual(await idsOf(fleet, LIST, `name==${wish.name};version==3.0`), []);
  }),
  row('mgmt.modules.same-name', 'modules of two types may have one name and version', async (fleet) => {
    const { name } = await aModule(fleet);
    assert.equal((await aModule(fleet, { name, type: 'os' })).name, name);
  }),
  row('mgmt.modules.required', 'a name, a version and a type that is there are needed', async (fleet) => {
    for (const body of [
      [{ version: '1', type: 'os' }],
      [{ name: 'n', type: 'os' }],
      [{ name: 'n', version: '1' }],
      [{ name: 'n', version: 'v'.repeat(65), type: 'os' }],
      [{ name: 'n', version: '1', type: 'os', vendor: 'v'.repeat(257) }],
      [{ name: 'n', version: '1', type: 'os', vendor: '<script>' }],
    ])
      refusedAs(await ask(fleet, `POST ${LIST}`, { body }), 400, 'repo.constraintViolation');
    const body = [{ name: 'n', version: '1', type: fresh('unknown') }];
    refusedAs(await ask(fleet, `POST ${LIST}`, { body }), 404, 'repo.entityNotFound');
  }),
  differs('mgmt.modules.encrypted', 'a module may say that its artifacts are encrypted', {
    why: 'hawkBit encrypts by a plugin, and without one refuses; here they are encrypted before they are uploaded',
    check: async (fleet) => assert.equal((await aModule(fleet, { encrypted: true })).encrypted, true),
  }),
  row('mgmt.modules.change', 'a module is described anew; what a change leaves out stays', async (fleet) => {
    const { id, name, version } = await aModule(fleet, { description: 'old', vendor: 'Us' });
    const change = { description: 'new', name: 'Other', version: '9' };
    const changed = await expect(fleet, 200, `PUT ${LIST}/${id}`, { body: change });
    assert.deepEqual(
      [changed.description, changed.vendor, changed.name, changed.version],
      ['new', 'Us', name, version],
    );
  }),
  row('mgmt.modules.lock', 'a module is locked and unlocked', async (fleet) => {
    const { id } = await aModule(fleet);
    assert.equal((await expect(fleet, 200, `PUT ${LIST}/${id}`, { body: { locked: true } })).locked, true);
    refusedAs(await upload(fleet, id), 423, 'locked');
    assert.equal((await expect(fleet, 200, `PUT ${LIST}/${id}`, { body: { locked: false } })).locked, false);
    assert.equal((await upload(fleet, id)).status, 201);
  }),
  row('mgmt.modules.unknown', 'what is not there is not found', async (fleet) => {
    for (const what of ['GET', 'DELETE'])
      refusedAs(await ask(fleet, `${what} ${LIST}/999999`), 404, 'repo.entityNotFound');
    refusedAs(await ask(fleet, `PUT ${LIST}/999999`, { body: {} }), 404, 'repo.entityNotFound');
  }),
  row('mgmt.modules.delete', 'a module that nothing holds is gone with its artifacts', async (fleet) => {
    const { id } = await aModule(fleet);
    const { body: artifact } = await upload(fleet, id);
    await expect(fleet, 204, `DELETE ${LIST}/${id}`);
    refusedAs(await ask(fleet, `GET ${LIST}/${id}`), 404, 'repo.entityNotFound');
    refusedAs(await ask(fleet, `GET ${LIST}/${id}/artifacts/${artifact.id}`), 404, 'repo.entityNotFound');
    assert.deepEqual(await modesWith(fleet, LIST, id), []);
  }),
  row(
    'mgmt.modules.soft-delete',
    'a module that a distribution set holds is kept, and listed only on request',
    async (fleet) => {
      const { modules } = await aSet(fleet);
      const [{ id }] = modules;
      await expect(fleet, 204, `DELETE ${LIST}/${id}`);
      assert.equal((await expect(fleet, 200, `GET ${LIST}/${id}`)).deleted, true);
      assert.deepEqual(await modesWith(fleet, LIST, id), ['ONLY_SOFT_DELETED', 'INCLUDE_SOFT_DELETED']);
      const body = [{ name: fresh('set'), version: '1', type: 'app', modules: [{ id }] }];
      refusedAs(await ask(fleet, 'POST /distributionsets', { body }), 404, 'repo.entityNotFound');
    },
  ),
  row('mgmt.modules.delete-locked', 'a module of a locked distribution set is not deleted', async (fleet) => {
    const { id, modules } = await aSet(fleet);
    await expect(fleet, 200, `PUT /distributionsets/${id}`, { body: { locked: true } });
    refusedAs(await ask(fleet, `DELETE ${LIST}/${modules[0].id}`), 423, 'locked');
  }),
  row('mgmt.modules.delete-let-go', 'a module of an assigned set that was deleted may be deleted', async (fleet) => {
    const { id, modules } = await aSet(fleet);
    const controllerId = fresh('target');
    await expect(fleet, 201, 'POST /targets', { body: [{ controllerId }] });
    await expect(fleet, 200, `POST /distributionsets/${id}/assignedTargets`, { body: [{ id: controllerId }] });
    refusedAs(await ask(fleet, `DELETE ${LIST}/${modules[0].id}`), 423, 'locked');
    await expect(fleet, 204, `DELETE /distributionsets/${id}`);
    await expect(fleet, 204, `DELETE ${LIST}/${modules[0].id}`);
    assert.equal((await expect(fleet, 200, `GET ${LIST}/${modules[0].id}`)).deleted, true);
  }),
  row('mgmt.modules.complete', 'a module is complete with as many artifacts as its type asks for', async (fleet) => {
    const key = fresh('type');
    const types = [{ name: key, key, maxAssignments: 1, minArtifacts: 1 }];
    await expect(fleet, 201, 'POST /softwaremoduletypes', { body: types });
    const { id, complete } = await aModule(fleet, { type: key });
    assert.equal(complete, false);
    await upload(fleet, id);
    assert.equal((await expect(fleet, 200, `GET ${LIST}/${id}`)).complete, true);
  }),
  row(
    'mgmt.modules.metadata',
    'metadata is added, shown, changed and deleted, and may be for targets',
    async (fleet) => {
      const what = `${LIST}/${(await aModule(fleet)).id}/metadata`;
      const body = [
        { key: 'b', value: 'two', targetVisible: true },
        { key: 'a', value: 'one' },
      ];
      await expect(fleet, 201, `POST ${what}`, { body });
      const listed = await expect(fleet, 200, `GET ${what}`);
      assert.deepEqual(
        [listed.total, listed.size, listed.content],
        [2, 2, [{ key: 'a', value: 'one', targetVisible: false }, body[0]]],
      );
      assert.deepEqual((await expect(fleet, 200, `GET ${what}?offset=1&limit=1`)).content, [body[0]]);
      assert.deepEqual(await expect(fleet, 200, `GET ${what}/b`), body[0]);
      await expect(fleet, 204, `PUT ${what}/b`, { body: { value: 'three' } });
      assert.deepEqual(await expect(fleet, 200, `GET ${what}/b`), { key: 'b', value: 'three', targetVisible: true });
      await expect(fleet, 204, `PUT ${what}/b`, { body: { targetVisible: false } });
      assert.equal((await expect(fleet, 200, `GET ${what}/b`)).targetVisible, false);
      await expect(fleet, 204, `DELETE ${what}/b`);
      refusedAs(await ask(fleet, `GET ${what}/b`), 404, 'repo.entityNotFound');
    },
  ),
  row(
    'mgmt.modules.metadata-refused',
    'metadata that is there is not added, and what is not there not changed',
    async (fleet) => {
      const what = `${LIST}/${(await aModule(fleet)).id}/metadata`;
      const body = [{ key: 'k', value: 'v' }];
      await expect(fleet, 201, `POST ${what}`, { body });
      refusedAs(await ask(fleet, `POST ${what}`, { body }), 409, 'repo.entityAlreadyExists');
      refusedAs(await ask(fleet, `PUT ${what}/x`, { body: { value: 'v' } }), 404, 'repo.entityNotFound');
      refusedAs(await ask(fleet, `DELETE ${what}/x`), 404, 'repo.entityNotFound');
      refusedAs(await ask(fleet, `POST ${LIST}/999999/metadata`, { body }), 404, 'repo.entityNotFound');
      const many = Array.from({ length: 100 }, (_, at) => ({ key: `k${at}`, value: '' }));
      refusedAs(await ask(fleet, `POST ${what}`, { body: many }), 429, 'quota.tooManyEntries');
    },
  ),
  row('mgmt.modules.filter', 'modules are found by each searchable field', async (fleet) => {
    const module = await aModule(fleet, { description: 'Rack app', version: '7.1' });
    const { id, name } = module;
    await expect(fleet, 201, `POST ${LIST}/${id}/metadata`, { body: [{ key: 'k', value: 'v1' }] });
    const [type] = await idsOf(fleet, '/softwaremoduletypes', 'key==application');
    for (const q of [
      `id==${id}`,
      `name==${name.toUpperCase()}`,
      'version==7.*',
      'description=="rack *"',
      'type==APPLICATION',
      'type.key==application',
      'type.name==application',
      `type.id==${type}`,
      'metadata.k=in=(v1,v2)',
      'createdby==admin;createdat=gt=0',
      'lastmodifiedby==admin;lastmodifiedat=le=${NOW_TS}',
    ])
      assert.deepEqual(await idsOf(fleet, LIST, `(${q});id==${id}`), [id], q);
    for (const q of ['type==os', 'metadata.k==v2', 'version==8'])
      assert.deepEqual(await idsOf(fleet, LIST, `(${q});id==${id}`), [], q);
    const { content } = await expect(fleet, 200, `GET ${LIST}?q=id=in=(${id})&sort=version:DESC,name:ASC`);
    assert.deepEqual(
      content.map((one: Json) => Object.keys(one._links)),
      [['self']],
    );
  }),
  row('mgmt.modules.metadata-sort', 'metadata is sorted by its key or value, and paged', async (fleet) => {
    const { controllerId } = await aTarget(fleet);
    const { id } = await aModule(fleet);
    for (const what of [`/targets/${controllerId}/metadata`, `${LIST}/${id}/metadata`]) {
      const body = ['b 1', 'a 3', 'c 2'].map((pair) => ({ key: pair[0], value: pair[2] }));
      await expect(fleet, 201, `POST ${what}`, { body });
      const keys = async (query: string) =>
        (await expect(fleet, 200, `GET ${what}?${query}`)).content.map(({ key }: Json) => key).join('');
      assert.deepEqual(
        [await keys(''), await keys('sort=KEY:desc'), await keys('sort=value:ASC')],
        ['abc', 'cba', 'bca'],
      );
      assert.equal(await keys('sort=key:ASC&offset=1&limit=1'), 'b');
      refusedAs(await ask(fleet, `GET ${what}?sort=id:ASC`), 400, 'rest.param.invalidField');
    }
  }),
];
