import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { aFleet, ddiClient, SWUPDATE_SAYS, type TestFleet } from './a-fleet.ts';

/** Who comes in at the DDI door, and how it answers whom it lets in; one test each, on one server. */
test('access to the DDI door', async (t) => {
  const fleet = await aFleet(t);
  for (const [name, check] of Object.entries(CHECKS)) await t.test(name, (inner) => check(fleet, inner));
});

const CHECKS: Readonly<Record<string, (fleet: TestFleet, t: TestContext) => Promise<void>>> = {
  'a wrong token, none, another’s, an unknown device and an unknown tenant are refused alike': async (fleet) => {
    const [device, other] = [await fleet.device(), await fleet.device()];
    const { token } = await fleet.api.call('devices.renew-token', { params: { device: other.name } });
    const asked = [
      { name: device.name, authorization: 'TargetToken wrong' },
      { name: device.name },
      { name: device.name, authorization: `TargetToken ${token}` },
      { name: device.name, authorization: `GatewayToken ${token}` },
      { name: device.name, authorization: fleet.authorization },
      { name: 'nobody', authorization: `TargetToken ${token}` },
      { name: other.name, authorization: `TargetToken ${token}`, tenant: 'nowhere' },
    ];
    for (const wish of asked) {
      const client = ddiClient(fleet.url, wish);
      for (const path of [client.base, 'deploymentBase/1', 'softwaremodules/1/artifacts/x']) {
        const { status, text } = await client.ask(path);
        assert.deepEqual([status, text], [401, ''], JSON.stringify(wish));
      }
    }
    assert.equal((await ddiClient(fleet.url, asked[0] ?? { name: '' }).attributes({ a: 'b' })).status, 401);
  },
  'the tenant’s name is compared without case, and links repeat it as it was written': async (fleet) => {
    const device = await fleet.device();
    const { token } = await fleet.api.call('devices.renew-token', { params: { device: device.name } });
    const { number } = await fleet.assign(await fleet.release(), device);
    for (const tenant of ['default', 'DEFAULT', 'dEfAuLt']) {
      const client = ddiClient(fleet.url, { name: device.name, authorization: `TargetToken ${token}`, tenant });
      const { deploymentBase = '', configData = '' } = await client.poll();
      assert.ok(
        deploymentBase.startsWith(`${fleet.url}/${tenant}/controller/v1/${device.name}/deploymentBase/${number}?`),
      );
      assert.equal(configData, `${fleet.url}/${tenant}/controller/v1/${device.name}/configData`);
      assert.match((await client.ask(deploymentBase)).text, /\/DEFAULT\/controller\/v1\/[^"]+\/softwaremodules\//);
    }
  },
  'with a gateway token a device joins at its first contact, where the tenant has that on': async (fleet) => {
    const { secret, id } = await fleet.api.call('gateway-tokens.create', { body: { name: 'line 1' } });
    const client = ddiClient(fleet.url, { name: 'new-1', authorization: `GatewayToken ${secret}` });
    assert.equal((await client.ask(client.base)).status, 401, 'off by default');
    await fleet.api.call('settings.change', { body: { gatewayTokens: true } });
    assert.equal((await client.ask('deploymentBase/1')).status, 404, 'only a poll makes a device');
    assert.ok((await client.poll()).configData);
    const joined = await fleet.api.call('devices.show', { params: { device: 'new-1' } });
    assert.equal(joined.identity, 'accepted');
    const known = await fleet.device();
    const beside = ddiClient(fleet.url, { name: known.name, authorization: `GatewayToken ${secret}` });
    assert.ok((await beside.poll()).configData, 'it vouches for any device');
    const { number } = await fleet.assign(await fleet.release(), client);
    await client.poll();
    assert.equal((await client.report(number, SWUPDATE_SAYS.start)).status, 200);
    for (const name of ['with space', 'x'.repeat(257)]) {
      const odd = ddiClient(fleet.url, { name, authorization: `GatewayToken ${secret}` });
      assert.equal((await odd.ask(odd.base)).status, 400, name);
    }
    await fleet.api.call('gateway-tokens.delete', { params: { id } });
    assert.equal((await client.ask(client.base)).status, 401, 'revoked');
  },
  'target tokens count only where the tenant has them on': async (fleet) => {
    const device = await fleet.device();
    assert.equal((await device.ask(device.base)).status, 200);
    await fleet.api.call('settings.change', { body: { targetTokens: false } });
    assert.equal((await device.ask(device.base)).status, 401);
    await fleet.api.call('settings.change', { body: { targetTokens: true } });
    assert.equal((await device.ask(device.base)).status, 200);
  },
  'a renewed token shuts out the old one at once': async (fleet) => {
    const device = await fleet.device();
    assert.equal((await device.ask(device.base)).status, 200);
    await fleet.api.call('devices.renew-token', { params: { device: device.name } });
    assert.equal((await device.ask(device.base)).status, 401);
  },
  'a deleted device is unknown at once, and its assignment has ended': async (fleet) => {
    const device = await fleet.device();
    await fleet.assign(await fleet.release(), device);
    await device.poll();
    await fleet.api.call('devices.delete', { params: { device: device.name } });
    assert.equal((await device.ask(device.base)).status, 401);
  },
  'an unchanged answer is 304 for who has it, and another the moment after a change': async (fleet) => {
    const device = await fleet.device();
    const first = await device.ask(device.base);
    const { etag = '' } = first.headers;
    assert.match(etag, /^"[0-9a-f]+"$/);
    assert.equal(first.headers['content-length'], String(first.bytes.length));
    const headers = { 'if-none-match': etag };
    const again = await device.ask(device.base, { headers });
    assert.deepEqual([again.status, again.text], [304, '']);
    await fleet.assign(await fleet.release(), device);
    const offered = await device.ask(device.base, { headers });
    assert.equal(offered.status, 200);
    assert.match(offered.text, /deploymentBase/);
    const deployment = /"href":"([^"]+deploymentBase[^"]+)"/.exec(offered.text)?.[1] ?? '';
    const described = await device.ask(deployment);
    const same = await device.ask(deployment, { headers: { 'if-none-match': described.headers.etag ?? '' } });
    assert.equal(same.status, 304);
  },
  'every answer is right the moment after what changes it, however often it was asked before': async (fleet) => {
    const device = await fleet.device();
    const offers = async () => {
      await device.poll();
      return (await device.poll()).deploymentBase !== undefined;
    };
    assert.equal(await offers(), false);
    const release = await fleet.release();
    const body = { name: `r of ${device.name}`, release: release.id, filter: `name==${device.name}` };
    const { id } = await fleet.api.call('rollouts.create', { body });
    assert.equal(await offers(), false);
    for (let round = 0; round < 20; round += 1) {
      await fleet.api.call(round === 0 ? 'rollouts.start' : 'rollouts.resume', { params: { id } });
      assert.equal(await offers(), true);
      await fleet.api.call('rollouts.pause', { params: { id } });
      assert.equal(await offers(), false);
    }
    await fleet.api.call('rollouts.resume', { params: { id } });
    assert.equal(await offers(), true);
    await fleet.api.call('releases.withdraw', { params: { id: release.id } });
    assert.equal(await offers(), false);
  },
  'attributes are merged, replaced and removed within hawkBit’s limits': async (fleet) => {
    const device = await fleet.device();
    const put = async (body: object) =>
      (await device.ask('configData', { method: 'PUT', headers: JSON_TYPE, body: JSON.stringify(body) })).status;
    const shown = async () => (await fleet.api.call('devices.show', { params: { device: device.name } })).attributes;
    assert.equal(await put({ id: '', time: 'x', status: {}, data: { a: '1', b: 2 } }), 200);
    assert.equal(await put({ mode: 'merge', data: { b: null, c: '3' } }), 200);
    assert.deepEqual(await shown(), { a: '1', c: '3' });
    assert.equal(await put({ mode: 'remove', data: { a: 'whatever' } }), 200);
    assert.equal(await put({ mode: 'replace', data: { d: '4' } }), 200);
    assert.deepEqual(await shown(), { d: '4' });
    const wrong = [{ mode: 'other', data: { a: '1' } }, { data: {} }, {}, [], { data: { a: { b: 1 } } }];
    for (const body of wrong) assert.equal(await put(body), 400, JSON.stringify(body));
    for (const data of [{ ['k'.repeat(129)]: '' }, { k: 'v'.repeat(129) }, { k: '\u0007' }, { k: '\u0000' }])
      assert.equal(await put({ data }), 400);
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`k${at}`, 'v']));
    assert.equal(await put({ mode: 'replace', data: many }), 429);
    assert.deepEqual(await shown(), { d: '4' });
  },
  'attributes in any script are taken: a device whose PUT is refused would never be updated': async (fleet) => {
    const device = await fleet.device();
    assert.equal((await device.attributes({ site: 'Łódź 東京' })).status, 200);
    const { attributes } = await fleet.api.call('devices.show', { params: { device: device.name } });
    assert.deepEqual(attributes, { site: 'Łódź 東京' });
  },
  'files of another release and of another device do not exist, nor does what is not offered': async (fleet) => {
    const [device, other] = [await fleet.device(), await fleet.device()];
    await fleet.assign(await fleet.release(), device);
    const { deploymentBase = '' } = await device.poll();
    const [, path = ''] =
      /(softwaremodules\/\d+\/artifacts)\/update\.swu"/.exec((await device.ask(deploymentBase)).text) ?? [];
    assert.equal((await device.ask(path)).status, 200);
    assert.equal((await device.ask(`${path}/other.swu`)).status, 404);
    assert.equal((await other.ask(`${path}/update.swu`)).status, 404);
    assert.equal((await device.ask('softwaremodules/999999/artifacts/update.swu')).status, 404);
    const sum = await device.ask(`${path}/update.swu.MD5SUM`);
    assert.match(sum.text, /^[0-9a-f]{32} {2}update\.swu$/);
  },
  'another verb, another media type and an unknown path are refused, and nothing is told': async (fleet) => {
    const device = await fleet.device();
    const headers = { 'content-type': 'application/hal+json' };
    assert.equal((await device.ask('configData', { method: 'PUT', headers, body: '{"data":{"a":"1"}}' })).status, 415);
    const body = 'x'.repeat(300_000);
    assert.equal((await device.ask('configData', { method: 'PUT', headers: JSON_TYPE, body })).status, 413);
    const charset = { 'content-type': 'application/json;charset=UTF-8' };
    assert.equal(
      (await device.ask('configData', { method: 'PUT', headers: charset, body: '{"data":{"a":"1"}}' })).status,
      200,
    );
  },
};

const JSON_TYPE = { 'content-type': 'application/json' };

test('links begin with the public address where one is set', async (t) => {
  const fleet = await aFleet(t, { environment: { UPDRAFT_PUBLIC_URL: 'https://updates.example' } });
  const device = await fleet.device();
  const { configData } = await device.poll();
  assert.equal(configData, `https://updates.example/default/controller/v1/${device.name}/configData`);
  await fleet.assign(await fleet.release(), device);
  const { text } = await device.ask(`deploymentBase/${1}`);
  assert.deepEqual(
    [...text.matchAll(/"((?:download|md5sum)[a-z-]*)":\{"href":"https:/g)].map(([, name]) => name),
    ['download', 'md5sum', 'download-http', 'md5sum-http'],
  );
});

test('what somebody who is no named proxy says of a device lets nobody in', async (t) => {
  const fleet = await aFleet(t);
  const device = await fleet.device();
  await fleet.api.call('settings.change', { body: { trustedHeader: true, headerAuthorities: 'cn=a' } });
  const headers = { 'x-controller-id': device.name, 'x-authority': 'cn=a' };
  const client = ddiClient(fleet.url, { name: device.name });
  assert.equal((await client.ask(client.base, { headers })).status, 401);
});
