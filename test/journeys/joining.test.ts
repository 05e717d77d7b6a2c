import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { hashOf } from '../devices/slot-image.ts';
import { assign } from './assignments.ts';
import { Lab, OLD_VERSION, type NewDevice } from './lab.ts';
import { takeUpdate } from './take-update.ts';
import { until } from './until.ts';

const LIMITS = { timeout: 240_000 };
const POLL = /\/controller\/v1\/:\w+$/;
const UNAUTHORIZED = 401;

suite('how a device is let in', { concurrency: 2 }, () => {
  test('an unknown device with a gateway token joins, is accepted and takes an update', LIMITS, async (t) => {
    await using lab = await Lab.open(t);
    if (lab === undefined) return;
    const { api, newImage } = lab;
    const device = await lab.addDevice({ isKnown: false, gatewayToken: await gatewayToken(lab) });
    await device.start();
    const joined = await until({
      what: 'the device that joins, with its attributes',
      look: () => api.call('devices.list'),
      isIt: ({ items }) => items[0]?.attributes['version'] === OLD_VERSION,
    });
    assert.deepEqual(
      joined.items.map(({ name, identity }) => ({ name, identity })),
      [{ name: device.name, identity: 'accepted' }],
    );

    const number = await assign(api, device.name, { release: await lab.publishFor(device) });
    await takeUpdate(api, device, number);
    assert.equal(await device.slotHash('B'), hashOf(newImage));
  });

  test('a wrong gateway token is answered 401, and nobody joins', LIMITS, async (t) => {
    await refuses(t, async (lab) => {
      await gatewayToken(lab);
      return { isKnown: false, gatewayToken: 'wrong' };
    });
  });

  test('a gateway token is answered 401 while the tenant has them off', LIMITS, async (t) => {
    await refuses(t, async (lab) => {
      const secret = await gatewayToken(lab);
      await lab.api.call('settings.change', { body: { gatewayTokens: false } });
      return { isKnown: false, gatewayToken: secret };
    });
  });

  test('the token of another device is answered 401', LIMITS, async (t) => {
    await refuses(t, async ({ api }) => {
      await api.call('devices.create', { body: { name: 'gw-1' } });
      const { token } = await api.call('devices.create', { body: { name: 'gw-2' } });
      return { name: 'gw-1', isKnown: false, token };
    });
  });
});

/** Starts the device that `prepare` describes and sees it polling in vain. */
async function refuses(t: Parameters<typeof Lab.open>[0], prepare: (lab: Lab) => Promise<NewDevice>): Promise<void> {
  await using lab = await Lab.open(t);
  if (lab === undefined) return;
  const device = await lab.addDevice(await prepare(lab));
  const before = await lab.api.call('devices.list');
  await device.start();
  await until({
    what: 'a second refusal',
    look: () => lab.server.countAnswers({ route: POLL, status: UNAUTHORIZED }),
    isIt: (count) => count >= 2,
  });
  await device.waitForLog(/401/);
  assert.equal(device.isRunning, true);
  assert.equal(await lab.server.countAnswers({ route: POLL, status: 200 }), 0);
  assert.deepEqual(await lab.api.call('devices.list'), before);
}

/** Switches gateway tokens on and makes one. */
async function gatewayToken({ api }: Lab): Promise<string> {
  await api.call('settings.change', { body: { gatewayTokens: true } });
  const { secret } = await api.call('gateway-tokens.create', { body: { name: 'factory' } });
  return secret;
}
