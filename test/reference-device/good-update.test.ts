import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assign, untilShown } from '../journeys/assignments.ts';
import { DeviceLab } from './device-lab.ts';
import { STEP_LIMIT_MS } from './reference-device.ts';

const LIMITS = { timeout: 840_000 };

/** The new slot was written from outside, so that two boots are nearly all that this costs; whole downloads are in boots/. */
test(
  'a device tries the slot that an update switches to, commits it, and the server sees it run',
  LIMITS,
  async (t) => {
    await using lab = await DeviceLab.open(t);
    if (lab === undefined) return;
    const { api } = lab;
    const device = await lab.addDevice(t, { slotB: { version: '2.0.0' } });
    const release = await lab.publish({ version: '2.0.0', isSwitchOnly: true });
    assert.deepEqual(await device.boot(), { slot: 'a', version: '1.0.0' });

    const number = await assign(api, device.name, { release });
    await device.says('boot slot=b trial=1 count=1');
    await device.says('committed slot=b version=2.0.0');
    const { attempts } = await untilShown(api, number, 'succeeded', STEP_LIMIT_MS);
    assert.deepEqual(attempts.at(-1)?.evidence, ['confirmed', 'observed']);
    const { attributes } = await api.call('devices.show', { params: { device: device.name } });
    assert.deepEqual([attributes['slot'], attributes['version']], ['b', '2.0.0']);
  },
);
