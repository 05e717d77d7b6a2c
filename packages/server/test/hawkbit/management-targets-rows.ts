import assert from 'node:assert/strict';
import { ddiClient, type TestFleet } from '../a-fleet.ts';
import { basic } from '../a-server.ts';
import { contactWritten } from '../contract/fleet-maker.ts';
import { ask, expect, fresh, type Json, refusedAs } from './management-kit.ts';
import { row, type Row } from './row.ts';

/** A target under a name that no other has, as it is shown. */
export async function aTarget(fleet: TestFleet, more: Readonly<Record<string, unknown>> = {}): Promise<Json> {
  const body = [{ controllerId: fresh('target'), ...more }];
  const [made] = await expect(fleet, 201, 'POST /targets', { body });
  return made;
}

/** The device of a target, with the token that is shown of it. */
export function deviceOf(fleet: TestFleet, { controllerId, securityToken }: Json) {
  return ddiClient(fleet.url, { name: controllerId, authorization: `TargetToken ${securityToken}` });
}

function polled(fleet: TestFleet, target: Json) {
  const device = deviceOf(fleet, target);
  return device.ask(device.base);
}

async function idsFor(fleet: TestFleet, q: string): Promise<readonly string[]> {
  const { content } = await expect(fleet, 200, `GET /targets?q=${encodeURIComponent(q)}`);
  return content.map((one: Json) => one.controllerId);
}

/** Targets and what is said of them: §1 and §2 of the reference. */
export const targetRows: readonly Row[] = [
  row('mgmt.targets.create', 'targets are made by an array and shown as one', async (fleet) => {
    const body = [{ controllerId: fresh('t'), name: 'First', description: 'D' }, { controllerId: fresh('t') }];
    const made = await expect(fleet, 201, 'POST /targets', { body });
    assert.deepEqual(
      made.map(({ controllerId, name, description, updateStatus }: Json) => ({
        controllerId,
        name,
        description,
        updateStatus,
      })),
      [
        { ...body[0], updateStatus: 'unknown' },
        { ...body[1], name: body[1]?.controllerId, description: undefined, updateStatus: 'unknown' },
      ],
    );
    assert.equal(made[0].createdBy, 'admin');
    assert.equal(typeof made[0].createdAt, 'number');
    assert.equal(made[0].lastModifiedAt, made[0].createdAt);
    assert.equal(made[0].requestAttributes, true);
    assert.ok(!('id' in made[0]));
  }),
  row(
    'mgmt.targets.create-twice',
    'a controllerId is given once, and then none of the array is made',
    async (fleet) => {
      const { controllerId } = await aTarget(fleet);
      const other = fresh('t');
      const twice = [{ controllerId: other }, { controllerId }];
      refusedAs(await ask(fleet, 'POST /targets', { body: twice }), 409, 'repo.entityAlreadyExists');
      const same = [{ controllerId: other }, { controllerId: other }];
      refusedAs(await ask(fleet, 'POST /targets', { body: same }), 409, 'repo.entityAlreadyExists');
      await expect(fleet, 404, `GET /targets/${other}`);
    },
  ),
  row('mgmt.targets.create-typed', 'a target is made with its type, group and address', async (fleet) => {
    const [type] = await expect(fleet, 201, 'POST /targettypes', { body: [{ name: fresh('type') }] });
    const made = await aTarget(fleet, { targetType: type.id, group: 'eu/de/berlin', address: 'http://10.0.0.7:80/x' });
    assert.deepEqual([made.targetType, made.targetTypeName, made.group], [type.id, type.name, 'eu/de/berlin']);
    assert.deepEqual([made.address, made.ipAddress], ['http://10.0.0.7:80/x', '10.0.0.7']);
  }),
  row('mgmt.targets.create-type-unknown', 'an unknown type makes no target', async (fleet) => {
    const body = [{ controllerId: fresh('t'), targetType: 999_999 }];
    refusedAs(await ask(fleet, 'POST /targets', { body }), 404, 'repo.entityNotFound');
  }),
  row('mgmt.targets.address', 'an address that is none is refused', async (fleet) => {
    const body = [{ controllerId: fresh('t'), address: 'not an address' }];
    refusedAs(await ask(fleet, 'POST /targets', { body }), 400, 'repo.invalidTargetAddress');
  }),
  row(
    'mgmt.targets.create-request-attributes',
    'requestAttributes is ignored where a target is made',
    async (fleet) => {
      assert.equal((await aTarget(fleet, { requestAttributes: false })).requestAttributes, true);
    },
  ),
  row('mgmt.targets.show', 'a target links what belongs to it', async (fleet) => {
    const { controllerId } = await aTarget(fleet);
    const { _links } = await expect(fleet, 200, `GET /targets/${controllerId}`);
    const base = `${fleet.url}/rest/v1/targets/${controllerId}`;
    assert.deepEqual(
      Object.fromEntries(Object.entries<Json>(_links).map(([rel, { href }]) => [rel, href.slice(base.length)])),
      {
        self: '',
        assignedDS: '/assignedDS',
        installedDS: '/installedDS',
        attributes: '/attributes',
        actions: '/actions?offset=0&limit=50&sort=id:DESC',
        metadata: '/metadata?offset=0&limit=50',
      },
    );
  }),
  row('mgmt.targets.unknown', 'what is not there is not found', async (fleet) => {
    for (const what of ['GET', 'DELETE'])
      refusedAs(await ask(fleet, `${what} /targets/nobody`), 404, 'repo.entityNotFound');
    refusedAs(await ask(fleet, 'PUT /targets/nobody', { body: {} }), 404, 'repo.entityNotFound');
  }),
  row('mgmt.targets.other-tenant', 'targets of another tenant are not there', async (fleet) => {
    const { controllerId } = await aTarget(fleet);
    const name = fresh('tenant');
    await fleet.api.call('tenants.create', { body: { name, user: { name, password: 'a password of it' } } });
    const as = basic(name, 'a password of it');
    refusedAs(await ask(fleet, `GET /targets/${controllerId}`, { as }), 404, 'repo.entityNotFound');
    assert.equal((await expect(fleet, 200, 'GET /targets', { as })).total, 0);
  }),
  row('mgmt.targets.change', 'what a change leaves out stays', async (fleet) => {
    const { controllerId } = await aTarget(fleet, { description: 'old' });
    await expect(fleet, 200, `PUT /targets/${controllerId}`, { body: { name: 'New' } });
    const changed = await expect(fleet, 200, `PUT /targets/${controllerId}`, { body: { address: 'amqp://v/e' } });
    assert.deepEqual([changed.name, changed.description, changed.address], ['New', 'old', 'amqp://v/e']);
    assert.ok(changed.lastModifiedAt >= changed.createdAt);
  }),
  row('mgmt.targets.rename', 'a target may get another controllerId, and its device comes by that', async (fleet) => {
    const target = await aTarget(fleet);
    const controllerId = fresh('renamed');
    const renamed = await expect(fleet, 200, `PUT /targets/${target.controllerId}`, { body: { controllerId } });
    assert.deepEqual([renamed.controllerId, renamed.name], [controllerId, target.controllerId]);
    await expect(fleet, 404, `GET /targets/${target.controllerId}`);
    assert.equal((await polled(fleet, renamed)).status, 200);
    const other = await aTarget(fleet);
    const taken = await ask(fleet, `PUT /targets/${other.controllerId}`, { body: { controllerId } });
    refusedAs(taken, 409, 'repo.entityAlreadyExists');
  }),
  row('mgmt.targets.request-attributes', 'a target can be asked for its attributes, and not unasked', async (fleet) => {
    const target = await aTarget(fleet);
    await deviceOf(fleet, target).attributes({ hw: '1' });
    const what = `PUT /targets/${target.controllerId}`;
    assert.equal((await expect(fleet, 200, `GET /targets/${target.controllerId}`)).requestAttributes, false);
    assert.equal((await expect(fleet, 200, what, { body: { requestAttributes: true } })).requestAttributes, true);
    refusedAs(await ask(fleet, what, { body: { requestAttributes: false } }), 400, 'repo.constraintViolation');
  }),
  row('mgmt.targets.token', 'a target’s token is shown to who may read it, and lets its device in', async (fleet) => {
    const made = await aTarget(fleet, { securityToken: 'given-by-hand' });
    assert.equal(made.securityToken, 'given-by-hand');
    const target = await expect(fleet, 200, `GET /targets/${(await aTarget(fleet)).controllerId}`);
    assert.equal((await polled(fleet, target)).status, 200);
    await expect(fleet, 200, `PUT /targets/${target.controllerId}`, { body: { securityToken: 'another' } });
    assert.equal((await polled(fleet, target)).status, 401);
    assert.equal((await polled(fleet, { ...target, securityToken: 'another' })).status, 200);
  }),
  row('mgmt.targets.token-hidden', 'who may not read tokens sees none', async (fleet) => {
    const { controllerId } = await aTarget(fleet);
    const name = fresh('reader');
    await fleet.api.call('users.create', { body: { name, password: 'correct horse', rights: [] } });
    const shown = await expect(fleet, 200, `GET /targets/${controllerId}`, { as: basic(name, 'correct horse') });
    assert.ok(!('securityToken' in shown));
  }),
  row('mgmt.targets.token-own', 'a token that our own API showed once is not shown again', async (fleet) => {
    const device = await fleet.device();
    assert.ok(!('securityToken' in (await expect(fleet, 200, `GET /targets/${device.name}`))));
  }),
  row('mgmt.targets.delete', 'a deleted target is gone, and its device is let in no more', async (fleet) => {
    const target = await aTarget(fleet);
    await expect(fleet, 204, `DELETE /targets/${target.controllerId}`);
    refusedAs(await ask(fleet, `GET /targets/${target.controllerId}`), 404, 'repo.entityNotFound');
    assert.equal((await polled(fleet, target)).status, 401);
  }),
  row('mgmt.targets.registered', 'a target that polls is registered at once, and its polls are told', async (fleet) => {
    const target = await aTarget(fleet);
    await deviceOf(fleet, target).poll();
    const listed = await expect(fleet, 200, `GET /targets?q=id==${target.controllerId};updatestatus==registered`);
    assert.equal(listed.total, 1);
    const shown = await expect(fleet, 200, `GET /targets/${target.controllerId}`);
    assert.equal(shown.updateStatus, 'registered');
    const { lastRequestAt, nextExpectedRequestAt, overdue } = shown.pollStatus;
    assert.deepEqual([shown.lastControllerRequestAt, overdue], [lastRequestAt, false]);
    assert.equal(nextExpectedRequestAt - lastRequestAt, 300_000);
  }),
  row('mgmt.targets.type', 'a target gets its type and loses it', async (fleet) => {
    const [type] = await expect(fleet, 201, 'POST /targettypes', { body: [{ name: fresh('type') }] });
    const { controllerId } = await aTarget(fleet);
    const what = `/targets/${controllerId}/targettype`;
    await expect(fleet, 204, `POST ${what}`, { body: { id: type.id } });
    const typed = await expect(fleet, 200, `GET /targets/${controllerId}`);
    assert.deepEqual(
      [typed.targetType, typed._links.targetType.href],
      [type.id, `${fleet.url}/rest/v1/targettypes/${type.id}`],
    );
    await expect(fleet, 204, `DELETE ${what}`);
    assert.ok(!('targetType' in (await expect(fleet, 200, `GET /targets/${controllerId}`))));
    await expect(fleet, 200, `PUT /targets/${controllerId}`, { body: { targetType: type.id } });
    const untyped = await expect(fleet, 200, `PUT /targets/${controllerId}`, { body: { targetType: -1 } });
    assert.ok(!('targetType' in untyped));
    refusedAs(await ask(fleet, `POST ${what}`, { body: { id: 999_999 } }), 404, 'repo.entityNotFound');
  }),
  row('mgmt.targets.attributes', 'attributes are a map, and nothing where there are none', async (fleet) => {
    const target = await aTarget(fleet);
    await expect(fleet, 204, `GET /targets/${target.controllerId}/attributes`);
    await deviceOf(fleet, target).attributes({ hw: 'rev-b', serial: '7' });
    const attributes = await expect(fleet, 200, `GET /targets/${target.controllerId}/attributes`);
    assert.deepEqual(attributes, { hw: 'rev-b', serial: '7' });
    refusedAs(await ask(fleet, 'GET /targets/nobody/attributes'), 404, 'repo.entityNotFound');
  }),
  row('mgmt.targets.metadata', 'metadata is added, shown, changed and deleted', async (fleet) => {
    const what = `/targets/${(await aTarget(fleet)).controllerId}/metadata`;
    const body = [
      { key: 'site', value: 'Köln' },
      { key: 'a.b', value: '' },
    ];
    await expect(fleet, 201, `POST ${what}`, { body });
    const listed = await expect(fleet, 200, `GET ${what}`);
    assert.deepEqual([listed.total, listed.size, listed.content], [2, 2, [body[1], body[0]]]);
    assert.deepEqual(await expect(fleet, 200, `GET ${what}/a.b`), body[1]);
    await expect(fleet, 204, `PUT ${what}/site`, { body: { value: 'Bonn' } });
    assert.equal((await expect(fleet, 200, `GET ${what}/site`)).value, 'Bonn');
    await expect(fleet, 204, `DELETE ${what}/site`);
    refusedAs(await ask(fleet, `GET ${what}/site`), 404, 'repo.entityNotFound');
  }),
  row(
    'mgmt.targets.metadata-refused',
    'metadata that is there is not added, and what is not there not changed',
    async (fleet) => {
      const what = `/targets/${(await aTarget(fleet)).controllerId}/metadata`;
      const body = [{ key: 'k', value: 'v' }];
      await expect(fleet, 201, `POST ${what}`, { body });
      refusedAs(await ask(fleet, `POST ${what}`, { body }), 409, 'repo.entityAlreadyExists');
      refusedAs(await ask(fleet, `PUT ${what}/x`, { body: { value: 'v' } }), 404, 'repo.entityNotFound');
      refusedAs(await ask(fleet, `DELETE ${what}/x`), 404, 'repo.entityNotFound');
      refusedAs(await ask(fleet, 'POST /targets/nobody/metadata', { body }), 404, 'repo.entityNotFound');
      const long = [{ key: 'k'.repeat(129), value: '' }];
      refusedAs(await ask(fleet, `POST ${what}`, { body: long }), 400, 'repo.constraintViolation');
    },
  ),
  row('mgmt.targets.metadata-quota', 'a target has at most 100 keys of metadata', async (fleet) => {
    const what = `POST /targets/${(await aTarget(fleet)).controllerId}/metadata`;
    const keys = (count: number, prefix: string) =>
      Array.from({ length: count }, (_, at) => ({ key: `${prefix}${at}`, value: '' }));
    await expect(fleet, 201, what, { body: keys(100, 'k') });
    refusedAs(await ask(fleet, what, { body: keys(1, 'more') }), 429, 'quota.tooManyEntries');
  }),
  row(
    'mgmt.targets.auto-confirm',
    'updates of a target are confirmed without asking, until they are asked for again',
    async (fleet) => {
      const { controllerId } = await aTarget(fleet);
      const what = `/targets/${controllerId}/autoConfirm`;
      const off = await expect(fleet, 200, `GET ${what}`);
      assert.deepEqual([off.active, Object.keys(off._links)], [false, ['activate']]);
      await expect(fleet, 204, `POST ${what}/activate`, { body: { initiator: 'ops', remark: 'lab' } });
      const on = await expect(fleet, 200, `GET ${what}`);
      assert.deepEqual(
        [on.active, on.initiator, on.remark, Object.keys(on._links)],
        [true, 'ops', 'lab', ['deactivate']],
      );
      assert.equal(typeof on.activatedAt, 'number');
      refusedAs(await ask(fleet, `POST ${what}/activate`), 409, 'repo.autoConfAlreadyActive');
      assert.ok((await idsFor(fleet, 'autoconfirm==true')).includes(controllerId));
      await expect(fleet, 204, `POST ${what}/deactivate`);
      await expect(fleet, 204, `POST ${what}/activate`);
      assert.equal((await expect(fleet, 200, `GET ${what}`)).initiator, 'admin');
      refusedAs(await ask(fleet, 'GET /targets/nobody/autoConfirm'), 404, 'repo.entityNotFound');
    },
  ),
  row('mgmt.targets.filter', 'targets are found by each searchable field', async (fleet) => {
    const [type] = await expect(fleet, 201, 'POST /targettypes', {
      body: [{ name: fresh('Board'), key: fresh('key') }],
    });
    const wish = {
      name: fresh('Name'),
      description: 'Rack 7',
      targetType: type.id,
      group: 'eu/de',
      address: 'http://h7',
    };
    const target = await aTarget(fleet, wish);
    const { controllerId: id, name } = target;
    await deviceOf(fleet, target).attributes({ 'hw.rev': 'B' });
    await expect(fleet, 201, `POST /targets/${id}/metadata`, { body: [{ key: 'k', value: 'v1' }] });
    const [tag] = await expect(fleet, 201, 'POST /targettags', { body: [{ name: fresh('Canary') }] });
    await expect(fleet, 204, `POST /targettags/${tag.id}/assigned/${id}`);
    await contactWritten(fleet, deviceOf(fleet, target));
    const matching = [
      `id==${id}`,
      `controllerid==${id.toUpperCase()}`,
      `NAME==${name.toLowerCase()}`,
      `name=ge=${name}`,
      'description=="rack *"',
      'updatestatus==registered',
      'updateStatus=in=(pending,REGISTERED)',
      'ipaddress==http*h7',
      'group==eu/de',
      'group==eu/*',
      'attribute.hw.rev==b',
      'metadata.k=in=(v1,v2)',
      `tag==${tag.name}`,
      `tag.name==${tag.name};tag!=other`,
      `type==${type.key}`,
      `type.name==${type.name} and type.id==${type.id}`,
      `targettype.key==${type.key}`,
      'lastcontrollerrequestat=gt=1000',
      'lastcontrollerrequestat=le=${NOW_TS}',
      'autoconfirm==false',
      "assignedds.name=='',installedds.version==''",
      'createdby==ADMIN;createdat=le=${NOW_TS}',
      'lastmodifiedby==admin;lastmodifiedat=gt=0',
    ];
    for (const q of matching) assert.deepEqual(await idsFor(fleet, `(${q});id==${id}`), [id], q);
    const others = [
      'name==x',
      'updatestatus==error',
      'attribute.hw.rev!=b',
      'attribute.none!=x',
      'tag!=*',
      'type=is=null',
    ];
    for (const q of others) assert.deepEqual(await idsFor(fleet, `(${q});id==${id}`), [], q);
  }),
  row('mgmt.targets.paper', 'the script of the paper works as it is', async (fleet) => {
    const controllerId = fresh('ddi2');
    const body = [{ controllerId, name: controllerId, description: 'made by the script' }];
    await expect(fleet, 201, 'POST /targets', { body });
    const target = await expect(fleet, 200, `GET /targets/${controllerId}`, {
      headers: { accept: 'application/json' },
    });
    const poll = await polled(fleet, target);
    assert.deepEqual([poll.status, Object.keys(JSON.parse(poll.text))], [200, ['config', '_links']]);
    assert.ok((await idsFor(fleet, 'name=ge=ddi2')).includes(controllerId));
  }),
];
