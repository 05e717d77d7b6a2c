import assert from 'node:assert/strict';
import { ask, expect, fresh, type Json, refusedAs } from './management-kit.ts';
import { row, type Row } from './row.ts';
import { aModule, idsOf, modesWith } from './software-kit.ts';
import type { TestServer } from '../a-server.ts';

const LIST = '/softwaremoduletypes';

async function aType(server: Pick<TestServer, 'fetch'>, wish: Json = {}): Promise<Json> {
  const body = [{ name: fresh('Type'), key: fresh('type'), maxAssignments: 1, ...wish }];
  const [made] = await expect(server, 201, `POST ${LIST}`, { body });
  return made;
}

/** Software module types: §1, §2, §4, §6 of the reference. */
export const moduleTypeRows: readonly Row[] = [
  row('mgmt.module-types.first', 'a tenant begins with the types os and application', async (fleet) => {
    const { content } = await expect(fleet, 200, `GET ${LIST}?q=key=in=(os,application)&sort=id:ASC`);
    assert.deepEqual(
      content.map(({ key, name, maxAssignments }: Json) => [key, name, maxAssignments]),
      [
        ['os', 'OS', 1],
        ['application', 'Application', 2_147_483_647],
      ],
    );
  }),
  row('mgmt.module-types.create', 'types are made all or none, and shown with all they are', async (fleet) => {
    const wish = { minArtifacts: 2, maxAssignments: 3, description: 'Radio', colour: '#abc' };
    const type = await aType(fleet, wish);
    const { _links, createdBy, createdAt, lastModifiedBy, lastModifiedAt, id, name, key, ...rest } = type;
    assert.deepEqual(rest, { ...wish, deleted: false });
    assert.deepEqual(
      [createdBy, lastModifiedBy, typeof createdAt, typeof lastModifiedAt],
      ['admin', 'admin', 'number', 'number'],
    );
    assert.deepEqual(_links, { self: { href: `${fleet.url}/rest/v1${LIST}/${id}` } });
    assert.deepEqual(await expect(fleet, 200, `GET ${LIST}/${id}`), type);
    const again = [
      { name: fresh('New'), key: fresh('new'), maxAssignments: 1 },
      { name, key: fresh('k'), maxAssignments: 1 },
    ];
    refusedAs(await ask(fleet, `POST ${LIST}`, { body: again }), 409, 'repo.entityAlreadyExists');
    assert.deepEqual(await idsOf(fleet, LIST, `key==${again[0]?.key}`), []);
    const sameKey = [{ name: fresh('Other'), key: key.toUpperCase(), maxAssignments: 1 }];
    refusedAs(await ask(fleet, `POST ${LIST}`, { body: sameKey }), 409, 'repo.entityAlreadyExists');
  }),
  row('mgmt.module-types.required', 'a name, a key and a number of modules are needed', async (fleet) => {
    for (const body of [
      [{ key: 'k', maxAssignments: 1 }],
      [{ name: 'n', maxAssignments: 1 }],
      [{ name: 'n', key: 'k' }],
      [{ name: 'n', key: 'k', maxAssignments: 0 }],
      [{ name: 'n', key: 'k'.repeat(65), maxAssignments: 1 }],
      [{ name: '<b>n</b>', key: 'k', maxAssignments: 1 }],
      [{ name: 'n', key: 'k', maxAssignments: 1, colour: 'c'.repeat(17) }],
    ])
      refusedAs(await ask(fleet, `POST ${LIST}`, { body }), 400, 'repo.constraintViolation');
  }),
  row('mgmt.module-types.change', 'a type is described and painted anew; its name and key stay', async (fleet) => {
    const { id, name, key } = await aType(fleet, { description: 'old', colour: 'red' });
    const change = { description: 'new', name: 'Other', key: 'other' };
    const changed = await expect(fleet, 200, `PUT ${LIST}/${id}`, { body: change });
    assert.deepEqual([changed.description, changed.colour, changed.name, changed.key], ['new', 'red', name, key]);
    assert.ok(changed.lastModifiedAt >= changed.createdAt);
  }),
  row('mgmt.module-types.unknown', 'what is not there is not found', async (fleet) => {
    for (const what of [`GET ${LIST}/999999`, `DELETE ${LIST}/999999`])
      refusedAs(await ask(fleet, what), 404, 'repo.entityNotFound');
    refusedAs(await ask(fleet, `PUT ${LIST}/999999`, { body: {} }), 404, 'repo.entityNotFound');
  }),
  row('mgmt.module-types.delete', 'a type that nothing is of is gone with its deletion', async (fleet) => {
    const { id } = await aType(fleet);
    await expect(fleet, 204, `DELETE ${LIST}/${id}`);
    refusedAs(await ask(fleet, `GET ${LIST}/${id}`), 404, 'repo.entityNotFound');
    assert.deepEqual(await modesWith(fleet, LIST, id), []);
  }),
  row('mgmt.module-types.soft-delete', 'a type that is in use is kept, and listed only on request', async (fleet) => {
    const { id, key } = await aType(fleet);
    await aModule(fleet, { type: key });
    await expect(fleet, 204, `DELETE ${LIST}/${id}`);
    assert.equal((await expect(fleet, 200, `GET ${LIST}/${id}`)).deleted, true);
    assert.deepEqual(await modesWith(fleet, LIST, id), ['ONLY_SOFT_DELETED', 'INCLUDE_SOFT_DELETED']);
    const body = [{ name: fresh('m'), version: '1', type: key }];
    refusedAs(await ask(fleet, 'POST /softwaremodules', { body }), 404, 'repo.entityNotFound');
  }),
  row('mgmt.module-types.filter', 'types are found by each searchable field', async (fleet) => {
    const { id, name, key } = await aType(fleet, { description: 'Radio part', maxAssignments: 7 });
    for (const q of [
      `id==${id}`,
      `key==${key.toUpperCase()}`,
      `name==${name.toLowerCase()}`,
      'description=="radio *"',
      'maxassignments==7',
      'createdby==admin;createdat=gt=0',
      'lastmodifiedby==admin;lastmodifiedat=le=${NOW_TS}',
    ])
      assert.deepEqual(await idsOf(fleet, LIST, `(${q});id==${id}`), [id], q);
    refusedAs(await ask(fleet, `GET ${LIST}?q=colour==red`), 400, 'rest.param.rsqlInvalidField');
  }),
];
