import assert from 'node:assert/strict';
import { ddiClient, SWUPDATE_SAYS, type DdiClient } from '../a-fleet.ts';
import type { TimedFleet } from '../contract/fleet-maker.ts';
import { assign, bodyOf, errorCodeOf, feedback, offered, send, stateOf, updated } from './ddi-kit.ts';
import { differs, gap, row, type Row } from './row.ts';

/** The links of a poll, by name. */
export async function linksOf(device: DdiClient): Promise<Readonly<Record<string, string>>> {
  const { _links = {} } = bodyOf(await device.ask(device.base)) as { _links?: Record<string, { href: string }> };
  return Object.fromEntries(Object.entries(_links).map(([name, { href }]) => [name, href]));
}

async function namesOf(device: DdiClient): Promise<readonly string[]> {
  return Object.keys(await linksOf(device)).toSorted();
}

async function sleepOf(device: DdiClient): Promise<string> {
  const { config } = bodyOf(await device.ask(device.base)) as { config: { polling: { sleep: string } } };
  return config.polling.sleep;
}

async function gatewayClient(fleet: TimedFleet, name: string): Promise<DdiClient> {
  await fleet.api.call('settings.change', { body: { gatewayTokens: true } });
  const { secret } = await fleet.api.call('gateway-tokens.create', { body: { name: `gateway of ${name}` } });
  return ddiClient(fleet.url, { name, authorization: `GatewayToken ${secret}` });
}

/** The base poll: §4 of the reference. */
export const baseRows: readonly Row[] = [
  row(
    'ddi.base.shape',
    'a poll is answered with the interval, and without links where there are none',
    async (fleet) => {
      const device = await fleet.device();
      await device.attributes({ serial: '1' });
      assert.deepEqual(bodyOf(await device.ask(device.base)), { config: { polling: { sleep: '00:05:00' } } });
    },
  ),
  row('ddi.base.config-data-first', 'attributes are asked for until the first accepted PUT', async (fleet) => {
    const device = await fleet.device();
    assert.deepEqual(await namesOf(device), ['configData']);
    assert.deepEqual(await namesOf(device), ['configData']);
    await device.attributes({ serial: '1' });
    assert.deepEqual(await namesOf(device), []);
  }),
  row('ddi.base.config-data-success', 'attributes are asked for again after a success', async (fleet) => {
    const { device } = await updated(fleet);
    assert.ok((await namesOf(device)).includes('configData'));
  }),
  row('ddi.base.config-data-failure', 'attributes are not asked for again after a failure', async (fleet) => {
    const { device, number } = await offered(fleet);
    await send(device, `deploymentBase/${number}/feedback`, feedback('closed', 'failure'));
    assert.deepEqual(await namesOf(device), []);
  }),
  row(
    'ddi.base.config-data-downloaded',
    'attributes are asked for again after a download-only update',
    async (fleet) => {
      const { device, number } = await offered(fleet, { action: { kind: 'download-only' } });
      await send(device, `deploymentBase/${number}/feedback`, feedback('downloaded', 'none'));
      assert.ok((await namesOf(device)).includes('configData'));
    },
  ),
  row('ddi.base.config-data-asked', 'attributes are asked for when an operator wants them', async (fleet) => {
    const { device } = await offered(fleet);
    await fleet.api.call('devices.request-attributes', { params: { device: device.name } });
    assert.deepEqual(await namesOf(device), ['configData', 'deploymentBase']);
  }),
  row('ddi.base.deployment', 'an assigned release is linked with the action id before a query', async (fleet) => {
    const { device, number } = await offered(fleet);
    const { deploymentBase = '' } = await linksOf(device);
    assert.match(deploymentBase, new RegExp(`^${fleet.url}${device.base}/deploymentBase/${number}\\?c=-?\\d+$`));
  }),
  row('ddi.base.c-changes', 'the query of the link is another once the action has changed', async (fleet) => {
    const { device, number, href } = await offered(fleet);
    assert.equal((await linksOf(device)).deploymentBase, href);
    await device.report(number, SWUPDATE_SAYS.start);
    assert.notEqual((await linksOf(device)).deploymentBase, href);
  }),
  row('ddi.base.c-forced', 'the query of the link is another once a time-forced action is forced', async (fleet) => {
    const forcedAt = new Date((await fleet.server.store.now()) + 60_000).toISOString();
    const { device, href } = await offered(fleet, { action: { kind: 'time-forced', forcedAt } });
    fleet.pass(61);
    assert.notEqual((await linksOf(device)).deploymentBase, href);
  }),
  row('ddi.base.cancel', 'what is to be cancelled is linked alone and without a query', async (fleet) => {
    const { device, number } = await offered(fleet);
    await fleet.api.call('assignments.cancel', { params: { number } });
    assert.deepEqual(await linksOf(device), { cancelAction: `${fleet.url}${device.base}/cancelAction/${number}` });
  }),
  row('ddi.base.installed', 'what a device has installed is linked without a query', async (fleet) => {
    const { device, number } = await updated(fleet);
    assert.equal((await linksOf(device)).installedBase, `${fleet.url}${device.base}/installedBase/${number}`);
  }),
  row('ddi.base.installed-beside', 'what is installed is linked beside what is offered next', async (fleet) => {
    const { device, number } = await updated(fleet);
    await device.attributes({ serial: '2' });
    const next = await assign(fleet, { device, release: await fleet.release() });
    const links = await linksOf(device);
    assert.deepEqual(Object.keys(links).toSorted(), ['deploymentBase', 'installedBase']);
    assert.match(links.deploymentBase ?? '', new RegExp(`/deploymentBase/${next}\\?`));
    assert.match(links.installedBase ?? '', new RegExp(`/installedBase/${number}$`));
  }),
  row('ddi.base.installed-failure', 'a failed action is not linked as installed', async (fleet) => {
    const { device, number } = await offered(fleet);
    await send(device, `deploymentBase/${number}/feedback`, feedback('closed', 'failure'));
    assert.equal((await linksOf(device)).installedBase, undefined);
  }),
  row('ddi.base.installed-downloaded', 'a download-only action is not linked as installed', async (fleet) => {
    const { device, number } = await offered(fleet, { action: { kind: 'download-only' } });
    await send(device, `deploymentBase/${number}/feedback`, feedback('downloaded', 'none'));
    assert.equal((await linksOf(device)).installedBase, undefined);
  }),
  row('ddi.base.weight', 'of several actions the heaviest is linked', async (fleet) => {
    const device = await fleet.device();
    await device.attributes({ serial: '1' });
    const heavy = await assign(fleet, { device, release: await fleet.release(), weight: 900 });
    await assign(fleet, { device, release: await fleet.release(), weight: 100 });
    assert.match((await linksOf(device)).deploymentBase ?? '', new RegExp(`/deploymentBase/${heavy}\\?`));
  }),
  row('ddi.base.tenant-case', 'links repeat the tenant as the device wrote it', async (fleet) => {
    const device = await fleet.device();
    const { token } = await fleet.api.call('devices.renew-token', { params: { device: device.name } });
    for (const tenant of ['default', 'DEFAULT', 'Default']) {
      const client = ddiClient(fleet.url, { name: device.name, authorization: `TargetToken ${token}`, tenant });
      const { configData = '' } = await linksOf(client);
      assert.ok(configData.startsWith(`${fleet.url}/${tenant}/controller/v1/`), configData);
    }
  }),
  row('ddi.base.join', 'an unknown device that a gateway vouches for is made at its first poll', async (fleet) => {
    const device = await gatewayClient(fleet, 'joining-1');
    assert.deepEqual(await namesOf(device), ['configData']);
    const shown = await fleet.api.call('devices.show', { params: { device: 'joining-1' } });
    assert.equal(shown.description, 'Plug and Play target: joining-1');
  }),
  row('ddi.base.join-elsewhere', 'no other address makes a device', async (fleet) => {
    const device = await gatewayClient(fleet, 'joining-2');
    for (const path of ['deploymentBase/1', 'cancelAction/1', 'installedBase/1', 'softwaremodules/1/artifacts'])
      assert.equal((await device.ask(path)).status, 404, path);
    assert.equal((await device.attributes({ a: 'b' })).status, 404);
    assert.equal((await send(device, 'deploymentBase/1/feedback', feedback('closed', 'success'))).status, 404);
  }),
  row('ddi.base.contact', 'a poll is the last contact, also one that is answered 304', async (fleet) => {
    const device = await fleet.device();
    const { etag = '' } = (await device.ask(device.base)).headers;
    fleet.pass(100);
    const before = await fleet.server.store.now();
    assert.equal((await device.ask(device.base, { headers: { 'if-none-match': etag } })).status, 304);
    await fleet.server.writeContacts();
    const { lastContactAt } = await fleet.api.call('devices.show', { params: { device: device.name } });
    assert.ok(Date.parse(lastContactAt ?? '') >= before);
  }),
  row('ddi.base.sleep', 'the interval is that of the tenant, as HH:MM:SS', async (fleet) => {
    const device = await fleet.device();
    for (const pollInterval of ['00:00:30', '23:59:59', '00:05:00']) {
      await fleet.api.call('settings.change', { body: { pollInterval } });
      assert.equal(await sleepOf(device), pollInterval);
    }
  }),
  row('ddi.base.sleep-override', 'the first filter that matches a device gives its interval', async (fleet) => {
    const [device, other] = [await fleet.device(), await fleet.device()];
    await device.attributes({ site: 'eu' });
    const pollOverrides = [
      { filter: `name==${device.name} and attribute.site==us`, pollInterval: '00:01:00' },
      { filter: `name==${device.name}`, pollInterval: '00:02:00' },
      { filter: `name==${device.name}`, pollInterval: '00:03:00' },
    ];
    await fleet.api.call('settings.change', { body: { pollOverrides } });
    assert.deepEqual([await sleepOf(device), await sleepOf(other)], ['00:02:00', '00:05:00']);
    await device.attributes({ site: 'us' });
    assert.equal(await sleepOf(device), '00:01:00');
    await fleet.api.call('settings.change', { body: { pollOverrides: [] } });
    assert.equal(await sleepOf(device), '00:05:00');
  }),
  row('ddi.base.sleep-override-invalid', 'an override that cannot be read is refused', async (fleet) => {
    const pollOverrides = [{ filter: 'nothing==1', pollInterval: '00:02:00' }];
    await assert.rejects(fleet.api.call('settings.change', { body: { pollOverrides } }), { code: 'filter-invalid' });
  }),
  row('ddi.base.sleep-deviation', 'a deviation spreads the devices, each inside its bounds', async (fleet) => {
    const devices = await Promise.all(Array.from({ length: 12 }, () => fleet.device()));
    await fleet.api.call('settings.change', { body: { pollDeviationPercent: 20 } });
    const sleeps = await Promise.all(devices.map(sleepOf));
    for (const sleep of sleeps) assert.ok(sleep >= '00:04:00' && sleep <= '00:06:00', sleep);
    assert.ok(new Set(sleeps).size > 3, sleeps.join());
    assert.deepEqual(await Promise.all(devices.map(sleepOf)), sleeps, 'each device keeps its own');
    await fleet.api.call('settings.change', { body: { pollDeviationPercent: 0 } });
  }),
  row('ddi.base.name-illegal', 'a name with a blank or of more than 256 characters joins nobody', async (fleet) => {
    await gatewayClient(fleet, 'joining-3');
    const { secret } = await fleet.api.call('gateway-tokens.create', { body: { name: 'odd names' } });
    for (const name of ['with space', 'x'.repeat(257)]) {
      const odd = ddiClient(fleet.url, { name, authorization: `GatewayToken ${secret}` });
      const answer = await odd.ask(odd.base);
      assert.equal(answer.status, 400, name);
      assert.equal(errorCodeOf(answer), 'hawkbit.server.error.repo.constraintViolation');
    }
  }),
  row('ddi.base.name-encoded', 'a name is decoded from the path, and encoded in links', async (fleet) => {
    const name = 'line:1/gw+ü%';
    const { token } = await fleet.api.call('devices.create', { body: { name } });
    const device = ddiClient(fleet.url, { name, authorization: `TargetToken ${token}` });
    const { configData = '' } = await linksOf(device);
    assert.equal(configData, `${fleet.url}/default/controller/v1/${encodeURIComponent(name)}/configData`);
    assert.equal((await send(device, configData, { data: { a: 'b' } }, 'PUT')).status, 200);
  }),
  row('ddi.base.interval-advisory', 'a device that polls faster is answered', async (fleet) => {
    const device = await fleet.device();
    for (let poll = 0; poll < 50; poll += 1) assert.equal((await device.ask(device.base)).status, 200);
  }),
  differs('ddi.base.schedule-over', 'what has no window left waits, and says so', {
    why: 'hawkBit cancels at the poll; our windows recur, and one that never opens again is refused when it is set',
    check: async (fleet) => {
      const device = await fleet.device();
      const release = await fleet.release();
      const windows = { windows: [{ cron: '0 0 0 1 1 ? 2000', durationSeconds: 60 }] };
      await assert.rejects(assign(fleet, { device, release, policy: { windows } }), /fires within/);
    },
  }),
  differs('ddi.base.double-slash', 'a doubled slash in a path is one', {
    why: 'hawkBit answers 400; SWUpdate writes doubled slashes where its URL ends in one',
    check: async (fleet) => {
      const device = await fleet.device();
      assert.equal((await device.ask(`//default//controller/v1/${device.name}`)).status, 200);
    },
  }),
  gap(
    'ddi.base.client-ip',
    'the address of a device is that of its connection',
    'not kept: the address is an operator’s',
  ),
  gap(
    'ddi.base.dos-filter',
    'clients of public addresses are slowed down',
    'on purpose: a 429 to a download is installed',
  ),
  row('ddi.base.cancel-goes-first', 'what is to be cancelled comes before what is heavier', async (fleet) => {
    const { device, number } = await offered(fleet);
    await fleet.api.call('assignments.cancel', { params: { number } });
    await assign(fleet, { device, release: await fleet.release(), weight: 1000 });
    assert.match((await linksOf(device)).cancelAction ?? '', new RegExp(`/cancelAction/${number}$`));
    await device.report(number, { about: 'cancelAction' });
    assert.equal(await stateOf(fleet, number), 'canceled');
    assert.ok((await linksOf(device)).deploymentBase);
  }),
];
