import assert from 'node:assert/strict';
import { ask, expect, fresh, type Json, refusedAs } from './management-kit.ts';
import { row, type Row } from './row.ts';
import { aSet, idsOf } from './software-kit.ts';

const LIST = '/distributionsettags';

/** Distribution set tags: §1, §2, §6 of the reference. */
export const setTagRows: readonly Row[] = [
  row('mgmt.set-tags.create', 'tags are made all or none, and link their distribution sets', async (fleet) => {
    const wish = { name: fresh('Stable'), description: 'Fit for all', colour: 'green' };
    const [tag] = await expect(fleet, 201, `POST ${LIST}`, { body: [wish] });
    const base = `${fleet.url}/rest/v1${LIST}/${tag.id}`;
    assert.deepEqual([tag.name, tag.description, tag.colour, tag.createdBy], [...Object.values(wish), 'admin']);
    assert.deepEqual(tag._links, {
      self: { href: base },
      assignedDistributionSets: { href: `${base}/assigned?offset=0&limit=50` },
    });
    assert.deepEqual(await expect(fleet, 200, `GET ${LIST}/${tag.id}`), tag);
    const body = [{ name: fresh('New') }, { name: wish.name.toUpperCase() }];
    refusedAs(await ask(fleet, `POST ${LIST}`, { body }), 409, 'repo.entityAlreadyExists');
    refusedAs(await ask(fleet, `POST ${LIST}`, { body: [{}] }), 400, 'repo.constraintViolation');
  }),
  row('mgmt.set-tags.apart', 'targets have tags of their own', async (fleet) => {
    const body = [{ name: fresh('Both') }];
    await expect(fleet, 201, 'POST /targettags', { body });
    await expect(fleet, 201, `POST ${LIST}`, { body });
  }),
  row('mgmt.set-tags.change', 'a tag is renamed, described and painted anew', async (fleet) => {
    const [tag, other] = await expect(fleet, 201, `POST ${LIST}`, {
      body: [{ name: fresh('a'), colour: 'red' }, { name: fresh('b') }],
    });
    const name = fresh('c');
    const changed = await expect(fleet, 200, `PUT ${LIST}/${tag.id}`, { body: { name, description: 'd' } });
    assert.deepEqual([changed.name, changed.description, changed.colour], [name, 'd', 'red']);
    refusedAs(await ask(fleet, `PUT ${LIST}/${other.id}`, { body: { name } }), 409, 'repo.entityAlreadyExists');
    refusedAs(await ask(fleet, `PUT ${LIST}/999999`, { body: {} }), 404, 'repo.entityNotFound');
  }),
  row('mgmt.set-tags.assign', 'a tag is put on distribution sets, one or many, and taken off them', async (fleet) => {
    const [tag] = await expect(fleet, 201, `POST ${LIST}`, { body: [{ name: fresh('t') }] });
    const sets = [await aSet(fleet), await aSet(fleet), await aSet(fleet)].map(({ id }: Json) => id);
    const what = `${LIST}/${tag.id}/assigned`;
    const bearing = async () => (await expect(fleet, 200, `GET ${what}`)).content.map(({ id }: Json) => id);
    await expect(fleet, 204, `POST ${what}/${sets[0]}`);
    await expect(fleet, 204, `POST ${what}`, { body: sets });
    assert.deepEqual(await bearing(), sets);
    assert.equal((await expect(fleet, 200, `GET ${what}?q=id==${sets[1]}`)).total, 1);
    await expect(fleet, 204, `DELETE ${what}/${sets[0]}`);
    await expect(fleet, 204, `DELETE ${what}`, { body: [sets[1]] });
    assert.deepEqual(await bearing(), [sets[2]]);
  }),
  row('mgmt.set-tags.not-found', 'where one set is not there nothing is tagged', async (fleet) => {
    const [tag] = await expect(fleet, 201, `POST ${LIST}`, { body: [{ name: fresh('t') }] });
    const { id } = await aSet(fleet);
    const what = `${LIST}/${tag.id}/assigned`;
    refusedAs(await ask(fleet, `POST ${what}`, { body: [id, 999_999] }), 404, 'repo.entityNotFound');
    assert.equal((await expect(fleet, 200, `GET ${what}`)).total, 0);
    refusedAs(await ask(fleet, `POST ${LIST}/999999/assigned/${id}`), 404, 'repo.entityNotFound');
    refusedAs(await ask(fleet, `GET ${LIST}/999999/assigned`), 404, 'repo.entityNotFound');
  }),
  row('mgmt.set-tags.delete', 'a deleted tag is gone, also from its distribution sets', async (fleet) => {
    const [tag] = await expect(fleet, 201, `POST ${LIST}`, { body: [{ name: fresh('t') }] });
    const { id } = await aSet(fleet);
    await expect(fleet, 204, `POST ${LIST}/${tag.id}/assigned/${id}`);
    await expect(fleet, 204, `DELETE ${LIST}/${tag.id}`);
    for (const method of ['GET', 'DELETE'])
      refusedAs(await ask(fleet, `${method} ${LIST}/${tag.id}`), 404, 'repo.entityNotFound');
    assert.deepEqual(await idsOf(fleet, '/distributionsets', `tag==${tag.name}`), []);
  }),
  row('mgmt.set-tags.filter', 'tags are found by each searchable field', async (fleet) => {
    const body = [{ name: fresh('Found'), description: 'Some words', colour: 'Blue' }];
    const [{ id, name }] = await expect(fleet, 201, `POST ${LIST}`, { body });
    const set = await aSet(fleet);
    await expect(fleet, 204, `POST ${LIST}/${id}/assigned/${set.id}`);
    for (const q of [
      `name==${name}`,
      'description==some*',
      'colour==blue',
      `distributionset.id==${set.id}`,
      `distributionset.name==${set.name}`,
      'createdby==admin;lastmodifiedat=gt=0',
    ])
      assert.deepEqual(await idsOf(fleet, LIST, `(${q});id==${id}`), [id], q);
  }),
];
