import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { hashOf } from '../devices/slot-image.ts';
import { assign } from './assignments.ts';
import { Lab, OLD_VERSION, POLLS_WHEN_TOLD } from './lab.ts';
import { takeUpdate } from './take-update.ts';
import { until } from './until.ts';

const LIMITS = { timeout: 240_000 };
const POLL = /\/controller\/v1\/:\w+$/;
const POLLS = 4;
const OWN_INTERVAL_SECONDS = 60;

suite('how a device and its server talk', { concurrency: 2 }, () => {
  test('a device whose address of the server ends with a slash is served as any other', LIMITS, async (t) => {
    await using lab = await Lab.open(t);
    if (lab === undefined) return;
    const { api, server, newImage } = lab;
    const device = await lab.addDevice({ serverUrl: `${server.url}/` });
    const number = await assign(api, device.name, { release: await lab.publishFor(device) });
    await device.start();
    await device.pollNow();
    await takeUpdate(api, device, number);
    assert.equal(await device.slotHash('B'), hashOf(newImage));
    assert.equal((await device.log()).includes(`${server.url}//DEFAULT/controller/v1/${device.name}`), true);
  });

  test('attributes are asked for until the device has told them', LIMITS, async (t) => {
    await using lab = await Lab.open(t, { pollInterval: POLLS_WHEN_TOLD });
    if (lab === undefined) return;
    const { api, server } = lab;
    const { token } = await api.call('devices.create', { body: { name: 'gw-1' } });
    const links = async () => {
      const headers = { authorization: `TargetToken ${token}` };
      const answer = await fetch(`${server.url}/DEFAULT/controller/v1/gw-1`, { headers });
      return Object.keys(((await answer.json()) as { _links?: object })._links ?? {});
    };
    assert.deepEqual(await links(), ['configData']);

    const device = await lab.addDevice({ isKnown: false, token, attributes: { site: 'north (hall 2)' } });
    await device.start();
    const { attributes } = await until({
      what: 'the attributes of the device',
      look: () => api.call('devices.show', { params: { device: 'gw-1' } }),
      isIt: (shown) => Object.keys(shown.attributes).length > 0,
    });
    assert.deepEqual(attributes, { version: OLD_VERSION, slot: 'A', site: 'north (hall 2)' });
    assert.deepEqual(await links(), []);
  });

  test('a device polls in the interval that the tenant has set', LIMITS, async (t) => {
    await using lab = await Lab.open(t, { pollInterval: '00:00:01' });
    if (lab === undefined) return;
    const { server } = lab;
    const device = await lab.addDevice({ pace: { pollDelaySeconds: OWN_INTERVAL_SECONDS } });
    const count = () => server.countAnswers({ route: POLL, status: 200 });
    await device.start();
    let startedAt = 0;
    const countFrom = () => {
      startedAt = performance.now();
      return count();
    };
    const first = await until({ what: 'the first poll', look: countFrom, isIt: (polls) => polls > 0 });
    await until({ what: 'the next polls', look: count, isIt: (polls) => polls >= first + POLLS });
    const seconds = (performance.now() - startedAt) / 1000;
    // The first of them may follow at once; on a slow machine all follow later, and in its own interval none would yet.
    assert.ok(seconds > POLLS - 2 && seconds < OWN_INTERVAL_SECONDS, `${POLLS} polls took ${seconds} s`);
  });
});
