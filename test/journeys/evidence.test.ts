import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SAYS } from '../devices/swupdate-words.ts';
import { assign, eventsOf, untilShown } from './assignments.ts';
import { Lab, NEW_VERSION, OLD_VERSION } from './lab.ts';
import { takeUpdate } from './take-update.ts';
import { until } from './until.ts';

const LIMITS = { timeout: 240_000 };
/** Long enough that the success is seen before time is over, however slow the machine is. */
const HELD_SECONDS = 10;
const TYPE = { name: 'gateway', versionAttribute: 'version' };

suite('a device type that names what proves an update', { concurrency: 2 }, () => {
  test('an update counts when the device has shown the new version', LIMITS, async (t) => {
    await using lab = await Lab.open(t);
    if (lab === undefined) return;
    const { api } = lab;
    await api.call('device-types.create', { body: TYPE });
    const device = await lab.addDevice({ type: TYPE.name });
    const release = await lab.publishFor(device);
    const number = await assign(api, device.name, { release });

    await device.start();
    await device.pollNow();
    const { attempts } = await takeUpdate(api, device, number);
    assert.deepEqual(
      attempts.map(({ evidence }) => evidence),
      [['confirmed', 'observed']],
    );
    assert.deepEqual((await eventsOf(api, number)).slice(-3), [
      'attempt.reported',
      'attempt.succeeded',
      'assignment.succeeded',
    ]);
    const { attributes, runningRelease } = await api.call('devices.show', { params: { device: device.name } });
    assert.deepEqual([attributes['version'], runningRelease?.id], [NEW_VERSION, release]);
  });

  test('a success of a device that runs its old version is held until time is over', LIMITS, async (t) => {
    await using lab = await Lab.open(t);
    if (lab === undefined) return;
    const { api } = lab;
    await api.call('device-types.create', { body: TYPE });
    const device = await lab.addDevice({ type: TYPE.name });
    const release = await lab.publishFor(device);
    const number = await assign(api, device.name, {
      release,
      policy: { timeLimits: { awaitingEvidenceSeconds: HELD_SECONDS } },
    });

    await device.start();
    await device.pollNow();
    await device.waitForLog(SAYS.installed);
    await untilShown(api, number, 'verifying');
    await device.reboot('old-version');
    const held = await until({
      what: 'the success that the device tells',
      look: () => api.call('assignments.show', { params: { number } }),
      isIt: (shown) => shown.attempts[0]?.evidence.includes('confirmed') === true,
    });
    assert.equal(held.state, 'verifying');
    const { reason, attempts } = await untilShown(api, number, 'failed');
    assert.equal(reason, 'booted-old-version');
    assert.deepEqual(
      attempts.map(({ state, evidence }) => ({ state, evidence })),
      [{ state: 'failed', evidence: ['confirmed'] }],
    );
    const shown = await api.call('devices.show', { params: { device: device.name } });
    assert.deepEqual([shown.attributes['version'], shown.runningRelease], [OLD_VERSION, null]);
  });
});
