import assert from 'node:assert/strict';
import type { TestServer } from '../a-server.ts';
import { ask, expect, fresh, type Json, refusedAs } from './management-kit.ts';
import { row, type Row } from './row.ts';
import { idsOf, modesWith } from './software-kit.ts';

const LIST = '/distributionsettypes';
type Server = Pick<TestServer, 'fetch'>;

async function aSetType(server: Server, wish: Json = {}): Promise<Json> {
  const [made] = await expect(server, 201, `POST ${LIST}`, {
    body: [{ name: fresh('Kind'), key: fresh('kind'), ...wish }],
  });
  return made;
}

async function moduleType(server: Server, key: string): Promise<Json> {
  const { content } = await expect(server, 200, `GET /softwaremoduletypes?q=key==${key}`);
  return content[0];
}

async function keysOf(server: Server, id: number, part: 'mandatory' | 'optional'): Promise<readonly string[]> {
  return (await expect(server, 200, `GET ${LIST}/${id}/${part}moduletypes`)).map(({ key }: Json) => key);
}

/** Distribution set types: §1, §2, §4, §6 of the reference. */
export const setTypeRows: readonly Row[] = [
  row('mgmt.set-types.first', 'a tenant begins with the types os, app and os_app', async (fleet) => {
    const { content } = await expect(fleet, 200, `GET ${LIST}?q=key=in=(os,app,os_app)&sort=id:ASC`);
    assert.deepEqual(
      content.map(({ key }: Json) => key),
      ['os', 'app', 'os_app'],
    );
    const [, , both] = content;
    assert.equal(both.name, 'OS with app(s)');
    assert.deepEqual(await keysOf(fleet, both.id, 'mandatory'), ['os']);
    assert.deepEqual(await keysOf(fleet, both.id, 'optional'), ['application']);
  }),
  row('mgmt.set-types.create', 'types are made all or none, and link the types of modules', async (fleet) => {
    const [os, application] = [await moduleType(fleet, 'os'), await moduleType(fleet, 'application')];
    const type = await aSetType(fleet, {
      description: 'd',
      colour: 'red',
      mandatorymodules: [{ id: os.id }],
      optionalmodules: [{ id: application.id }],
    });
    const base = `${fleet.url}/rest/v1${LIST}/${type.id}`;
    assert.deepEqual(type._links, {
      self: { href: base },
      mandatorymodules: { href: `${base}/mandatorymoduletypes` },
      optionalmodules: { href: `${base}/optionalmoduletypes` },
    });
    assert.deepEqual([type.description, type.colour, type.deleted], ['d', 'red', false]);
    assert.deepEqual(await expect(fleet, 200, `GET ${LIST}/${type.id}`), type);
    assert.deepEqual(await keysOf(fleet, type.id, 'mandatory'), ['os']);
    assert.deepEqual(await keysOf(fleet, type.id, 'optional'), ['application']);
    const body = [{ name: type.name, key: fresh('k') }];
    refusedAs(await ask(fleet, `POST ${LIST}`, { body }), 409, 'repo.entityAlreadyExists');
    const unknown = [{ name: fresh('n'), key: fresh('k'), mandatorymodules: [{ id: 999_999 }] }];
    refusedAs(await ask(fleet, `POST ${LIST}`, { body: unknown }), 404, 'repo.entityNotFound');
    refusedAs(await ask(fleet, `POST ${LIST}`, { body: [{ name: 'n' }] }), 400, 'repo.constraintViolation');
  }),
  row('mgmt.set-types.change', 'a type is described and painted anew', async (fleet) => {
    const { id, name } = await aSetType(fleet, { description: 'old' });
    const changed = await expect(fleet, 200, `PUT ${LIST}/${id}`, { body: { colour: 'blue', name: 'Other' } });
    assert.deepEqual([changed.description, changed.colour, changed.name], ['old', 'blue', name]);
    refusedAs(await ask(fleet, `PUT ${LIST}/999999`, { body: {} }), 404, 'repo.entityNotFound');
  }),
  row('mgmt.set-types.parts', 'types of modules are added, shown and removed', async (fleet) => {
    const { id } = await aSetType(fleet);
    const os = await moduleType(fleet, 'os');
    for (const part of ['mandatory', 'optional'] as const) {
      const what = `${LIST}/${id}/${part}moduletypes`;
      await expect(fleet, 204, `POST ${what}`, { body: { id: os.id } });
      assert.deepEqual(await expect(fleet, 200, `GET ${what}/${os.id}`), os);
      assert.deepEqual(await keysOf(fleet, id, part), ['os']);
      await expect(fleet, 204, `DELETE ${what}/${os.id}`);
      assert.deepEqual(await keysOf(fleet, id, part), []);
      refusedAs(await ask(fleet, `GET ${what}/${os.id}`), 404, 'repo.entityNotFound');
      refusedAs(await ask(fleet, `DELETE ${what}/${os.id}`), 404, 'repo.entityNotFound');
      refusedAs(await ask(fleet, `POST ${what}`, { body: { id: 999_999 } }), 404, 'repo.entityNotFound');
    }
    for (const part of ['mandatory', 'optional'])
      refusedAs(await ask(fleet, `GET ${LIST}/999999/${part}moduletypes`), 404, 'repo.entityNotFound');
  }),
  row('mgmt.set-types.parts-quota', 'a type has at most 50 types of modules', async (fleet) => {
    const key = fresh('t');
    const body = Array.from({ length: 51 }, (_, at) => ({
      name: `${key} ${at}`,
      key: `${key}-${at}`,
      maxAssignments: 1,
    }));
    const made = await expect(fleet, 201, 'POST /softwaremoduletypes', { body });
    const optionalmodules = made.map(({ id }: Json) => ({ id }));
    const type = { name: fresh('Kind'), key: fresh('kind'), optionalmodules };
    refusedAs(await ask(fleet, `POST ${LIST}`, { body: [type] }), 429, 'quota.tooManyEntries');
  }),
  row('mgmt.set-types.parts-used', 'of a type that is in use the types of modules stay', async (fleet) => {
    const { id, key } = await aSetType(fleet);
    await expect(fleet, 201, 'POST /distributionsets', { body: [{ name: fresh('s'), version: '1', type: key }] });
    const os = await moduleType(fleet, 'os');
    const added = await ask(fleet, `POST ${LIST}/${id}/mandatorymoduletypes`, { body: { id: os.id } });
    refusedAs(added, 403, 'entityReadOnly');
  }),
  row('mgmt.set-types.delete', 'a type that nothing is of is gone with its deletion', async (fleet) => {
    const { id } = await aSetType(fleet);
    await expect(fleet, 204, `DELETE ${LIST}/${id}`);
    refusedAs(await ask(fleet, `GET ${LIST}/${id}`), 404, 'repo.entityNotFound');
    refusedAs(await ask(fleet, `DELETE ${LIST}/${id}`), 404, 'repo.entityNotFound');
  }),
  row('mgmt.set-types.soft-delete', 'a type that is in use is kept, and listed only on request', async (fleet) => {
    const { id, key } = await aSetType(fleet);
    await expect(fleet, 201, 'POST /distributionsets', { body: [{ name: fresh('s'), version: '1', type: key }] });
    await expect(fleet, 204, `DELETE ${LIST}/${id}`);
    assert.equal((await expect(fleet, 200, `GET ${LIST}/${id}`)).deleted, true);
    assert.deepEqual(await modesWith(fleet, LIST, id), ['ONLY_SOFT_DELETED', 'INCLUDE_SOFT_DELETED']);
  }),
  row('mgmt.set-types.default', 'the default type of distribution sets cannot be deleted', async (fleet) => {
    const [id] = await idsOf(fleet, LIST, 'key==os_app');
    refusedAs(await ask(fleet, `DELETE ${LIST}/${id}`), 400, 'repo.constraintViolation');
  }),
  row('mgmt.set-types.filter', 'types are found by each searchable field', async (fleet) => {
    const { id, name, key } = await aSetType(fleet, { description: 'Gate way' });
    for (const q of [`key==${key}`, `name==${name}`, 'description==gate*', 'createdby==admin', 'lastmodifiedat=gt=0'])
      assert.deepEqual(await idsOf(fleet, LIST, `(${q});id==${id}`), [id], q);
  }),
];
