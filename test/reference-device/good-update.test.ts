import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assign, untilShown } from '../journeys/assignments.ts';
import { DeviceLab } from './device-lab.ts';
import { STEP_LIMIT_MS } from './reference-device.ts';

test(
  'a device boots, takes an update, commits it, and the server sees the new slot run',
  { timeout: 840_000 },
  async (t) => {
    await using lab = await DeviceLab.open(t);
    if (lab === undefined) return;
    const { api } = lab;
    const [device, release] = await Promise.all([lab.addDevice(t), lab.publish({ version: '2.0.0' })]);
    assert.deepEqual(await device.boot(), { slot: 'a', version: '1.0.0' });

    const number = await assign(api, device.name, { release });
    await device.says('boot slot=b trial=1 count=1');
    await device.says('committed slot=b version=2.0.0');
    const { attempts } = await untilShown(api, number, 'succeeded', STEP_LIMIT_MS);
    assert.deepEqual(attempts.at(-1)?.evidence, ['confirmed', 'observed']);
    const { attributes } = await api.call('devices.show', { params: { device: device.name } });
    assert.equal(attributes['slot'], 'b');
    assert.equal(attributes['version'], '2.0.0');
  },
);
