import assert from 'node:assert/strict';
import type { TestFleet } from '../a-fleet.ts';
import { ask, expect, fresh, type Json, refusedAs } from './management-kit.ts';
import { aTarget } from './management-targets-rows.ts';
import { row, type Row } from './row.ts';

async function aTag(fleet: TestFleet): Promise<Json> {
  const [tag] = await expect(fleet, 201, 'POST /targettags', { body: [{ name: fresh('tag') }] });
  return tag;
}

async function aType(fleet: TestFleet, more: Readonly<Record<string, unknown>> = {}): Promise<Json> {
  const [type] = await expect(fleet, 201, 'POST /targettypes', { body: [{ name: fresh('type'), ...more }] });
  return type;
}

async function threeIds(fleet: TestFleet): Promise<readonly string[]> {
  const body = [1, 2, 3].map((end) => ({ controllerId: fresh(`m${end}`) }));
  const made: Json = await expect(fleet, 201, 'POST /targets', { body });
  return made.map(({ controllerId }: Json) => controllerId);
}

async function bearersOf(fleet: TestFleet, tag: Json): Promise<readonly string[]> {
  const { content } = await expect(fleet, 200, `GET /targettags/${tag.id}/assigned`);
  return content.map(({ controllerId }: Json) => controllerId).toSorted();
}

const tagRows: readonly Row[] = [
  row('mgmt.target-tags.create', 'tags are made by an array and shown as one', async (fleet) => {
    const body = [{ name: fresh('a'), description: 'D', colour: 'rgb(1,2,3)' }, { name: fresh('b') }];
    const made = await expect(fleet, 201, 'POST /targettags', { body });
    assert.deepEqual([made[0].name, made[0].description, made[0].colour], Object.values(body[0] ?? {}));
    assert.deepEqual([made[1].name, made[1].colour, made[1].createdBy], [body[1]?.name, undefined, 'admin']);
    assert.deepEqual(Object.keys(made[0]._links), ['self', 'assignedTargets']);
  }),
  row('mgmt.target-tags.create-twice', 'a name is given once, and then none of the array is made', async (fleet) => {
    const { name } = await aTag(fleet);
    const other = fresh('tag');
    for (const body of [
      [{ name: other }, { name: name.toUpperCase() }],
      [{ name: other }, { name: other }],
    ])
      refusedAs(await ask(fleet, 'POST /targettags', { body }), 409, 'repo.entityAlreadyExists');
    assert.equal((await expect(fleet, 200, `GET /targettags?q=name==${other}`)).total, 0);
  }),
  row('mgmt.target-tags.list', 'tags are listed by id, found and sorted', async (fleet) => {
    const prefix = fresh('list');
    const body = ['c', 'a', 'b'].map((end, at) => ({ name: prefix + end, colour: `c${at}`, description: prefix }));
    const made = await expect(fleet, 201, 'POST /targettags', { body });
    const ends = async (query: string) =>
      (await expect(fleet, 200, `GET /targettags?q=name==${prefix}*${query}`)).content
        .map(({ name }: Json) => name.slice(prefix.length))
        .join('');
    assert.equal(await ends(''), 'cab');
    assert.equal(await ends('&sort=name:DESC&limit=2'), 'cb');
    assert.equal(await ends(`;colour==c1;description==${prefix};id==${made[1].id};createdby==admin`), 'a');
    assert.equal(await ends('&sort=lastModifiedAt:ASC,colour:DESC'), 'bac');
  }),
  row('mgmt.target-tags.change', 'a tag is shown, changed and deleted', async (fleet) => {
    const { id } = await aTag(fleet);
    const name = fresh('renamed');
    const changed = await expect(fleet, 200, `PUT /targettags/${id}`, { body: { name, colour: 'red' } });
    assert.deepEqual([changed.name, changed.colour, changed.lastModifiedBy], [name, 'red', 'admin']);
    assert.equal((await expect(fleet, 200, `GET /targettags/${id}`)).name, name);
    const other = await aTag(fleet);
    refusedAs(await ask(fleet, `PUT /targettags/${other.id}`, { body: { name } }), 409, 'repo.entityAlreadyExists');
    await expect(fleet, 204, `DELETE /targettags/${id}`);
    refusedAs(await ask(fleet, `GET /targettags/${id}`), 404, 'repo.entityNotFound');
  }),
  row('mgmt.target-tags.unknown', 'a tag that is not there is not found', async (fleet) => {
    const { controllerId } = await aTarget(fleet);
    const body = [controllerId];
    for (const what of ['GET /targettags/999999', 'DELETE /targettags/999999', 'GET /targettags/999999/assigned'])
      refusedAs(await ask(fleet, what), 404, 'repo.entityNotFound');
    refusedAs(await ask(fleet, 'PUT /targettags/999999', { body: {} }), 404, 'repo.entityNotFound');
    refusedAs(await ask(fleet, 'POST /targettags/999999/assigned', { body }), 404, 'repo.entityNotFound');
    refusedAs(await ask(fleet, `POST /targettags/999999/assigned/${controllerId}`), 404, 'repo.entityNotFound');
    refusedAs(await ask(fleet, 'GET /targettags/some'), 400, 'repo.constraintViolation');
  }),
  row('mgmt.target-tags.one', 'a tag is put on a target and taken off', async (fleet) => {
    const tag = await aTag(fleet);
    const { controllerId } = await aTarget(fleet);
    await expect(fleet, 204, `POST /targettags/${tag.id}/assigned/${controllerId}`);
    assert.deepEqual(await bearersOf(fleet, tag), [controllerId]);
    const tags = await expect(fleet, 200, `GET /targets/${controllerId}/tags`);
    assert.deepEqual([tags.length, tags[0].id], [1, tag.id]);
    await expect(fleet, 204, `DELETE /targettags/${tag.id}/assigned/${controllerId}`);
    assert.deepEqual(await bearersOf(fleet, tag), []);
    refusedAs(await ask(fleet, `POST /targettags/${tag.id}/assigned/nobody`), 404, 'repo.entityNotFound');
  }),
  row('mgmt.target-tags.many', 'a tag is put on targets and taken off', async (fleet) => {
    const tag = await aTag(fleet);
    const ids = await threeIds(fleet);
    await expect(fleet, 204, `POST /targettags/${tag.id}/assigned`, { body: ids });
    assert.deepEqual(await bearersOf(fleet, tag), ids.toSorted());
    const found = await expect(fleet, 200, `GET /targettags/${tag.id}/assigned?q=id==${ids[1]}&limit=1`);
    assert.deepEqual([found.total, found.content[0].controllerId], [1, ids[1]]);
    await expect(fleet, 204, `DELETE /targettags/${tag.id}/assigned`, { body: ids.slice(1) });
    assert.deepEqual(await bearersOf(fleet, tag), ids.slice(0, 1));
  }),
  row('mgmt.target-tags.not-found-policy', 'what follows from an unknown target is asked for', async (fleet) => {
    const tag = await aTag(fleet);
    const ids = await threeIds(fleet);
    const put = (policy: string, body: readonly string[]) =>
      ask(fleet, `POST /targettags/${tag.id}/assigned${policy}`, { body });
    refusedAs(await put('', [ids[0] ?? '', 'nobody']), 404, 'repo.entityNotFound');
    assert.deepEqual(await bearersOf(fleet, tag), []);
    const half = await put('?onNotFoundPolicy=ON_WHAT_FOUND_AND_FAIL', [ids[0] ?? '', 'nobody']);
    refusedAs(half, 404, 'repo.entityNotFound');
    assert.deepEqual(await bearersOf(fleet, tag), ids.slice(0, 1));
    assert.equal((await put('?onNotFoundPolicy=ON_WHAT_FOUND_AND_SUCCESS', [ids[1] ?? '', 'nobody'])).status, 204);
    assert.equal((await bearersOf(fleet, tag)).length, 2);
    refusedAs(await put('?onNotFoundPolicy=PERHAPS', ids), 400, 'repo.constraintViolation');
  }),
  row('mgmt.target-tags.delete-borne', 'a deleted tag is taken off its targets', async (fleet) => {
    const tag = await aTag(fleet);
    const { controllerId } = await aTarget(fleet);
    await expect(fleet, 204, `POST /targettags/${tag.id}/assigned/${controllerId}`);
    await expect(fleet, 204, `DELETE /targettags/${tag.id}`);
    assert.deepEqual(await expect(fleet, 200, `GET /targets/${controllerId}/tags`), []);
  }),
  row('mgmt.targets.tags-unknown', 'a target that is not there has no tags', async (fleet) =>
    refusedAs(await ask(fleet, 'GET /targets/nobody/tags'), 404, 'repo.entityNotFound'),
  ),
];

async function compatibleOf(fleet: TestFleet, type: Json): Promise<readonly string[]> {
  const kinds = await expect(fleet, 200, `GET /targettypes/${type.id}/compatibledistributionsettypes`);
  return kinds.map(({ key }: Json) => key);
}

/** The ids of the types of distribution sets that every tenant has, by their keys. */
async function setTypes(fleet: TestFleet): Promise<Readonly<Record<string, number>>> {
  const { content } = await expect(fleet, 200, 'GET /distributionsettypes');
  return Object.fromEntries(content.map(({ key, id }: Json) => [key, id]));
}

const typeRows: readonly Row[] = [
  row('mgmt.target-types.create', 'target types are made by an array and shown as one', async (fleet) => {
    const body = [{ name: fresh('Board'), key: fresh('board'), description: 'D', colour: 'red' }, { name: fresh('b') }];
    const made = await expect(fleet, 201, 'POST /targettypes', { body });
    assert.deepEqual(
      [made[0].name, made[0].key, made[0].description, made[0].colour, made[0].deleted],
      [...Object.values(body[0] ?? {}), false],
    );
    assert.equal(made[1].key, body[1]?.name);
    assert.deepEqual(Object.keys(made[0]._links), ['self', 'compatibledistributionsettypes']);
  }),
  row('mgmt.target-types.key-or-name', 'a target type needs a key or a name', async (fleet) => {
    const key = fresh('key');
    const [made] = await expect(fleet, 201, 'POST /targettypes', { body: [{ key }] });
    assert.deepEqual([made.key, made.name], [key, key]);
    const none = await ask(fleet, 'POST /targettypes', { body: [{ description: 'x' }] });
    refusedAs(none, 400, 'target.type.keyOrNameRequired');
  }),
  row('mgmt.target-types.create-twice', 'a name and a key are given once', async (fleet) => {
    const { name, key } = await aType(fleet, { key: fresh('key') });
    for (const body of [
      [{ name }],
      [{ name: fresh('n'), key }],
      [
        { key: 'k2', name: 'n2' },
        { key: 'K2', name: 'n3' },
      ],
    ])
      refusedAs(await ask(fleet, 'POST /targettypes', { body }), 409, 'repo.entityAlreadyExists');
  }),
  row('mgmt.target-types.list', 'target types are listed by id, found and sorted', async (fleet) => {
    const prefix = fresh('list');
    const body = ['b', 'a'].map((end) => ({ name: prefix + end, key: `${prefix}k${end}` }));
    const made = await expect(fleet, 201, 'POST /targettypes', { body });
    const ids = async (query: string) =>
      (await expect(fleet, 200, `GET /targettypes?${query}`)).content.map(({ id }: Json) => id);
    assert.deepEqual(await ids(`q=name==${prefix}*`), [made[0].id, made[1].id]);
    assert.deepEqual(await ids(`q=key==${prefix}*&sort=key:ASC`), [made[1].id, made[0].id]);
    assert.deepEqual(await ids(`q=id==${made[1].id};createdby==admin`), [made[1].id]);
  }),
  row('mgmt.target-types.change', 'a target type is shown, changed and deleted; its key stays', async (fleet) => {
    const { id, key } = await aType(fleet);
    const name = fresh('renamed');
    const changed = await expect(fleet, 200, `PUT /targettypes/${id}`, { body: { name, description: 'new' } });
    assert.deepEqual([changed.name, changed.key, changed.description], [name, key, 'new']);
    const other = await aType(fleet);
    refusedAs(await ask(fleet, `PUT /targettypes/${other.id}`, { body: { name } }), 409, 'repo.entityAlreadyExists');
    await expect(fleet, 204, `DELETE /targettypes/${id}`);
    for (const what of ['GET', 'DELETE'])
      refusedAs(await ask(fleet, `${what} /targettypes/${id}`), 404, 'repo.entityNotFound');
  }),
  row('mgmt.target-types.used', 'a type that a target has is not deleted', async (fleet) => {
    const { id } = await aType(fleet);
    await aTarget(fleet, { targetType: id });
    refusedAs(await ask(fleet, `DELETE /targettypes/${id}`), 409, 'target.type.used');
  }),
  row(
    'mgmt.target-types.compatible',
    'types of distribution sets are added to a target type and removed',
    async (fleet) => {
      const { os = 0, app = 0 } = await setTypes(fleet);
      const type = await aType(fleet, { compatibledistributionsettypes: [{ id: os }] });
      assert.deepEqual(await compatibleOf(fleet, type), ['os']);
      const what = `/targettypes/${type.id}/compatibledistributionsettypes`;
      await expect(fleet, 204, `POST ${what}`, { body: [{ id: app }, { id: os }] });
      assert.deepEqual(await compatibleOf(fleet, type), ['os', 'app']);
      await expect(fleet, 204, `DELETE ${what}/${os}`);
      assert.deepEqual(await compatibleOf(fleet, type), ['app']);
      refusedAs(await ask(fleet, `DELETE ${what}/${os}`), 404, 'repo.entityNotFound');
      refusedAs(await ask(fleet, `POST ${what}`, { body: [{ id: 999_999 }] }), 404, 'repo.entityNotFound');
      refusedAs(await ask(fleet, 'GET /targettypes/999999/compatibledistributionsettypes'), 404, 'repo.entityNotFound');
      const body = [{ name: fresh('t'), compatibledistributionsettypes: [{ id: 999_999 }] }];
      refusedAs(await ask(fleet, 'POST /targettypes', { body }), 404, 'repo.entityNotFound');
    },
  ),
];

async function inGroup(fleet: TestFleet, query: string): Promise<readonly string[]> {
  const { content } = await expect(fleet, 200, `GET /targetgroups/${query}`);
  return content.map(({ controllerId }: Json) => controllerId);
}

const groupRows: readonly Row[] = [
  row('mgmt.target-groups.path', 'targets are put into a group, found there, and taken out', async (fleet) => {
    const ids = (await threeIds(fleet)).toSorted();
    const group = fresh('g');
    await expect(fleet, 204, `PUT /targetgroups/${group}/assigned`, { body: ids });
    assert.deepEqual(await inGroup(fleet, `${group}/assigned`), ids);
    assert.deepEqual(await inGroup(fleet, `${group}/assigned?offset=1&limit=1&sort=id:DESC`), [ids[1]]);
    assert.ok((await expect(fleet, 200, 'GET /targetgroups')).includes(group));
    await expect(fleet, 204, 'DELETE /targetgroups/assigned', { body: ids });
    assert.deepEqual(await inGroup(fleet, `${group}/assigned`), []);
    assert.ok(!(await expect(fleet, 200, 'GET /targetgroups')).includes(group));
  }),
  row(
    'mgmt.target-groups.below',
    'a group of any depth is named in the query, with those below it if asked',
    async (fleet) => {
      const [a = '', b = ''] = await threeIds(fleet);
      const group = fresh('g');
      await expect(fleet, 204, `PUT /targetgroups/assigned?group=${group}`, { body: [a] });
      await expect(fleet, 204, `PUT /targetgroups/assigned?group=${group}/berlin`, { body: [b] });
      assert.equal((await expect(fleet, 200, `GET /targets/${b}`)).group, `${group}/berlin`);
      assert.deepEqual(await inGroup(fleet, `assigned?group=${group}`), [a]);
      assert.deepEqual(await inGroup(fleet, `assigned?group=${group}&subgroups=true`), [a, b].toSorted());
      assert.deepEqual(await inGroup(fleet, `assigned?group=${group}/berlin`), [b]);
    },
  ),
  row('mgmt.target-groups.matching', 'all that match are put into a group, or taken out of theirs', async (fleet) => {
    const ids = (await threeIds(fleet)).toSorted();
    const group = fresh('g');
    const q = encodeURIComponent(`id=in=(${ids.join(',')})`);
    await expect(fleet, 204, `PUT /targetgroups/${group}?q=${q}`);
    assert.deepEqual(await inGroup(fleet, `${group}/assigned`), ids);
    await expect(fleet, 204, `PUT /targetgroups?group=${group}/deep&q=${q}`);
    assert.deepEqual(await inGroup(fleet, `assigned?group=${group}/deep`), ids);
    await expect(fleet, 204, `DELETE /targetgroups?q=${q}`);
    assert.deepEqual(await inGroup(fleet, `assigned?group=${group}&subgroups=true`), []);
  }),
  row('mgmt.target-groups.many', 'as many as match are moved, some hundred at a time', async (fleet) => {
    const prefix = fresh('many');
    const body = Array.from({ length: 1001 }, (_, at) => ({ controllerId: `${prefix}-${at}`, group: prefix }));
    await expect(fleet, 201, 'POST /targets', { body });
    await expect(fleet, 204, `PUT /targetgroups/${prefix}-new?q=group==${prefix}`);
    const total = async (group: string) => (await expect(fleet, 200, `GET /targetgroups/${group}/assigned`)).total;
    assert.deepEqual([await total(prefix), await total(`${prefix}-new`)], [0, 1001]);
  }),
  row('mgmt.target-groups.refused', 'unknown targets, no filter and no group are refused', async (fleet) => {
    const body = ['nobody'];
    refusedAs(await ask(fleet, 'PUT /targetgroups/g/assigned', { body }), 404, 'repo.entityNotFound');
    refusedAs(await ask(fleet, 'DELETE /targetgroups/assigned', { body }), 404, 'repo.entityNotFound');
    refusedAs(await ask(fleet, 'PUT /targetgroups?group=g'), 400, 'repo.constraintViolation');
    refusedAs(await ask(fleet, 'PUT /targetgroups?q=id==x'), 400, 'repo.constraintViolation');
    refusedAs(await ask(fleet, 'PUT /targetgroups/g?q=colour==x'), 400, 'rest.param.rsqlInvalidField');
    refusedAs(await ask(fleet, 'GET /targetgroups/assigned?group=a//b'), 400, 'repo.constraintViolation');
  }),
];

/** Tags, types and groups of targets: §1 of the reference. */
export const organisationRows: readonly Row[] = [...tagRows, ...typeRows, ...groupRows];
