import assert from 'node:assert/strict';
import { ddiClient, type DdiClient } from '../a-fleet.ts';
import type { TimedFleet } from '../contract/fleet-maker.ts';
import { linksOf } from './ddi-base-rows.ts';
import { feedback, offered, send } from './ddi-kit.ts';
import { differs, row, type Row } from './row.ts';

/** Each row is served under these: what listens on this machine is a named proxy. */
export const SECURITY_ENVIRONMENT = { UPDRAFT_TRUSTED_PROXIES: '127.0.0.1' };

async function gatewayToken(fleet: TimedFleet, name: string, deviceType?: string) {
  await fleet.api.call('settings.change', { body: { gatewayTokens: true } });
  const body = deviceType === undefined ? { name } : { name, deviceType };
  return fleet.api.call('gateway-tokens.create', { body });
}

const byGateway = (fleet: TimedFleet, name: string, secret: string) =>
  ddiClient(fleet.url, { name, authorization: `GatewayToken ${secret}` });

async function statusOf(client: DdiClient, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  return (await client.ask(client.base, { headers })).status;
}

async function trustHeaders(fleet: TimedFleet, headerAuthorities: string): Promise<void> {
  await fleet.api.call('settings.change', { body: { trustedHeader: true, headerAuthorities } });
}

/** Who is let in: §2 of the reference. */
export const securityRows: readonly Row[] = [
  row('ddi.auth.none', 'who shows nothing gets 401 everywhere, without a word', async (fleet) => {
    const { device, number } = await offered(fleet);
    const nobody = ddiClient(fleet.url, { name: device.name });
    const paths = [nobody.base, `deploymentBase/${number}`, `cancelAction/${number}`, `installedBase/${number}`];
    for (const path of [...paths, 'confirmationBase', 'confirmationBase/1', 'softwaremodules/1/artifacts']) {
      const answer = await nobody.ask(path);
      assert.deepEqual([answer.status, answer.text, answer.headers['www-authenticate']], [401, '', undefined], path);
    }
    for (const path of [`deploymentBase/${number}/feedback`, `cancelAction/${number}/feedback`])
      assert.equal((await send(nobody, path, feedback('closed', 'success'))).status, 401);
    for (const path of ['configData', 'installedBase'])
      assert.equal((await send(nobody, path, { data: { a: 'b' } }, 'PUT')).status, 401);
    for (const path of ['1/feedback', 'activateAutoConfirm', 'deactivateAutoConfirm'])
      assert.equal((await send(nobody, `confirmationBase/${path}`, {})).status, 401);
  }),
  row('ddi.auth.target-token', 'a device is let in by its own token, and by no other', async (fleet) => {
    const [device, other] = [await fleet.device(), await fleet.device()];
    const { token } = await fleet.api.call('devices.renew-token', { params: { device: device.name } });
    const as = (name: string, authorization: string) => ddiClient(fleet.url, { name, authorization });
    assert.equal(await statusOf(as(device.name, `TargetToken ${token}`)), 200);
    assert.equal(await statusOf(as(device.name, `targettoken ${token}`)), 200, 'whatever its case');
    assert.equal(await statusOf(as(other.name, `TargetToken ${token}`)), 401);
    assert.equal(await statusOf(as('nobody', `TargetToken ${token}`)), 401);
    for (const wrong of [`TargetToken ${token}x`, 'TargetToken', `GatewayToken ${token}`, `Bearer ${token}`, token])
      assert.equal(await statusOf(as(device.name, wrong)), 401, wrong);
  }),
  row('ddi.auth.target-token-off', 'a device’s own token counts only where the tenant has that on', async (fleet) => {
    const device = await fleet.device();
    assert.equal(await statusOf(device), 200);
    await fleet.api.call('settings.change', { body: { targetTokens: false } });
    assert.equal(await statusOf(device), 401);
    await fleet.api.call('settings.change', { body: { targetTokens: true } });
    assert.equal(await statusOf(device), 200);
  }),
  row('ddi.auth.management', 'people’s passwords are not accepted here, nor devices’ tokens there', async (fleet) => {
    const device = await fleet.device();
    const person = ddiClient(fleet.url, { name: device.name, authorization: fleet.authorization });
    assert.equal(await statusOf(person), 401);
    const { token } = await fleet.api.call('devices.renew-token', { params: { device: device.name } });
    assert.equal((await fleet.fetch('/api/v1/devices', { as: `TargetToken ${token}` })).status, 401);
  }),
  row('ddi.auth.tenant', 'a token of one tenant opens nothing in another, nor where there is none', async (fleet) => {
    const { secret } = await gatewayToken(fleet, 'of DEFAULT');
    const user = { name: 'elsewhere', password: 'a long enough password' };
    await fleet.api.call('tenants.create', { body: { name: 'elsewhere', user } });
    const authorization = `GatewayToken ${secret}`;
    for (const tenant of ['elsewhere', 'nowhere'])
      assert.equal(await statusOf(ddiClient(fleet.url, { name: 'gw', authorization, tenant })), 401);
  }),
  row('ddi.auth.gateway-token', 'a gateway’s token vouches for any device, known or not', async (fleet) => {
    const { secret } = await gatewayToken(fleet, 'any');
    const known = await fleet.device();
    assert.equal(await statusOf(byGateway(fleet, known.name, secret)), 200);
    assert.equal(await statusOf(byGateway(fleet, 'vouched-1', secret)), 200);
    assert.equal(await statusOf(byGateway(fleet, 'vouched-1', `${secret}x`)), 401);
  }),
  row('ddi.auth.gateway-token-off', 'a gateway’s token counts only where the tenant has that on', async (fleet) => {
    const { secret } = await gatewayToken(fleet, 'off and on');
    const device = byGateway(fleet, 'vouched-2', secret);
    await fleet.api.call('settings.change', { body: { gatewayTokens: false } });
    assert.equal(await statusOf(device), 401);
    await fleet.api.call('settings.change', { body: { gatewayTokens: true } });
    assert.equal(await statusOf(device), 200);
  }),
  row(
    'ddi.auth.gateway-tokens',
    'several tokens of gateways are valid at once, and each is revoked by itself',
    async (fleet) => {
      const [one, two] = [await gatewayToken(fleet, 'line 1'), await gatewayToken(fleet, 'line 2')];
      const both = [byGateway(fleet, 'vouched-3', one.secret), byGateway(fleet, 'vouched-3', two.secret)];
      for (const client of both) assert.equal(await statusOf(client), 200);
      await fleet.api.call('gateway-tokens.delete', { params: { id: one.id } });
      assert.deepEqual(await Promise.all(both.map((client) => statusOf(client))), [401, 200]);
    },
  ),
  row(
    'ddi.auth.gateway-type',
    'a token for one device type vouches for no other, and gives it to who joins',
    async (fleet) => {
      for (const name of ['board-a', 'board-b']) await fleet.api.call('device-types.create', { body: { name } });
      const { secret, deviceType } = await gatewayToken(fleet, 'boards a', 'board-a');
      assert.equal(deviceType, 'board-a');
      const [a, b, none] = [
        await fleet.device({ type: 'board-a' }),
        await fleet.device({ type: 'board-b' }),
        await fleet.device(),
      ];
      assert.equal(await statusOf(byGateway(fleet, a.name, secret)), 200);
      assert.equal(await statusOf(byGateway(fleet, b.name, secret)), 401);
      assert.equal(await statusOf(byGateway(fleet, none.name, secret)), 401);
      assert.equal(await statusOf(byGateway(fleet, 'vouched-4', secret)), 200);
      const joined = await fleet.api.call('devices.show', { params: { device: 'vouched-4' } });
      assert.equal(joined.type, 'board-a');
      const body = { name: 'boards c', deviceType: 'board-c' };
      await assert.rejects(fleet.api.call('gateway-tokens.create', { body }), /board-c/);
    },
  ),
  row(
    'ddi.auth.header',
    'what a named proxy says counts in the name of an issuer that the tenant trusts',
    async (fleet) => {
      const device = await fleet.device();
      const client = ddiClient(fleet.url, { name: device.name });
      const said = { 'x-controller-id': device.name, 'x-authority': 'CN=Other; cn=plant ca' };
      assert.equal(await statusOf(client, said), 401, 'off by default');
      await trustHeaders(fleet, 'CN=Plant CA, CN=Second');
      assert.equal(await statusOf(client, said), 200);
      assert.equal(await statusOf(client, { ...said, 'x-authority': 'CN=Other' }), 401);
      assert.equal(await statusOf(client, { 'x-controller-id': device.name }), 401);
      await trustHeaders(fleet, '');
      assert.equal(await statusOf(client, said), 401, 'nobody is trusted any more');
    },
  ),
  row(
    'ddi.auth.header-numbered',
    'issuers may stand in numbered headers, up to the first that is missing',
    async (fleet) => {
      await trustHeaders(fleet, 'cn=b');
      const device = await fleet.device();
      const client = ddiClient(fleet.url, { name: device.name });
      const name = { 'x-controller-id': device.name };
      assert.equal(await statusOf(client, { ...name, 'x-authority-0': 'CN=A', 'x-authority-1': 'CN=B' }), 200);
      assert.equal(await statusOf(client, { ...name, 'x-authority-1': 'CN=B' }), 200);
      assert.equal(await statusOf(client, { ...name, 'x-authority-1': 'CN=A', 'x-authority-3': 'CN=B' }), 401);
    },
  ),
  row('ddi.auth.header-other', 'what a proxy says of another device lets nobody in', async (fleet) => {
    await trustHeaders(fleet, 'cn=a');
    const [device, other] = [await fleet.device(), await fleet.device()];
    const said = { 'x-controller-id': other.name, 'x-authority': 'cn=a' };
    assert.equal(await statusOf(ddiClient(fleet.url, { name: device.name }), said), 401);
    assert.equal(await statusOf(device, said), 200, 'its own token still counts');
    const upper = { ...said, 'x-controller-id': device.name.toUpperCase() };
    assert.equal(await statusOf(ddiClient(fleet.url, { name: device.name }), upper), 401, 'names are exact');
  }),
  row('ddi.auth.header-joins', 'a device that a proxy vouches for joins at its first poll', async (fleet) => {
    await trustHeaders(fleet, 'cn=a');
    const client = ddiClient(fleet.url, { name: 'proxied-1' });
    const said = { 'x-controller-id': 'proxied-1', 'x-authority': 'cn=a' };
    assert.equal((await client.ask('deploymentBase/1', { headers: said })).status, 404);
    assert.equal(await statusOf(client, said), 200);
    await fleet.api.call('devices.show', { params: { device: 'proxied-1' } });
  }),
  row(
    'ddi.auth.header-cached',
    'an answer that a proxy’s word opened stays shut to who has not that word',
    async (fleet) => {
      await trustHeaders(fleet, 'cn=a');
      const device = await fleet.device();
      const client = ddiClient(fleet.url, { name: device.name });
      const said = { 'x-controller-id': device.name, 'x-authority': 'cn=a' };
      for (let poll = 0; poll < 3; poll += 1) assert.equal(await statusOf(client, said), 200);
      assert.equal(await statusOf(client), 401);
      assert.equal(await statusOf(client, { ...said, 'x-authority': 'cn=b' }), 401);
    },
  ),
  row('ddi.auth.files', 'files are behind the same doors', async (fleet) => {
    const { device, href } = await offered(fleet);
    const { text } = await device.ask(href);
    const file = /"download-http":\{"href":"([^"]+)"/.exec(text)?.[1] ?? '';
    assert.equal((await device.ask(file)).status, 200);
    for (const path of [file, `${file}.MD5SUM`])
      assert.equal((await ddiClient(fleet.url, { name: device.name }).ask(path)).status, 401);
    const { secret } = await gatewayToken(fleet, 'files');
    assert.equal((await byGateway(fleet, device.name, secret).ask(file)).status, 200);
  }),
  row('ddi.auth.joined-token', 'a device that joined has a token of its own, for when it is told', async (fleet) => {
    const { secret } = await gatewayToken(fleet, 'joining with a token');
    await statusOf(byGateway(fleet, 'vouched-5', secret));
    const { store } = fleet.server;
    const row = await store.reader
      .selectFrom('device_identity')
      .select(['token_hash', 'token_sealed'])
      .where('subject', '=', 'vouched-5')
      .executeTakeFirstOrThrow();
    assert.match(row.token_hash ?? '', /^[0-9a-f]{64}$/);
    assert.ok(row.token_sealed !== null && row.token_sealed !== '');
  }),
  differs('ddi.auth.defaults', 'a fresh server takes devices’ own tokens, and nothing else', {
    why: 'hawkBit has all mechanisms off; with that nothing could ever be updated',
    check: async (fleet) => {
      const settings = await fleet.api.call('settings.show');
      assert.equal(settings.targetTokens, true);
      assert.deepEqual(Object.keys(await linksOf(await fleet.device())), ['configData']);
    },
  }),
];
