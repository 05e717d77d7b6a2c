import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assign, untilShown } from '../../journeys/assignments.ts';
import { DeviceLab } from '../device-lab.ts';
import { STEP_LIMIT_MS } from '../reference-device.ts';

test('a device whose clock says 1970 takes an update', { timeout: 3_600_000 }, async (t) => {
  await using lab = await DeviceLab.open(t);
  if (lab === undefined) return;
  const { api } = lab;
  const [device, release] = await Promise.all([
    lab.addDevice(t, { slotB: { version: '2.0.0' } }),
    lab.publish({ version: '2.0.0', isSwitchOnly: true }),
  ]);
  await device.machine.switchOn({ clock: '1970-01-01T00:00:00' });
  await device.says(/clock set from=build to=\d+/);
  const [, told] = await device.says(/clock set from=server to=(\d+)/);
  assert.ok(Math.abs(Number(told) - Date.now() / 1000) < STEP_LIMIT_MS / 1000);
  const number = await assign(api, device.name, { release });
  await device.says('committed slot=b version=2.0.0');
  await untilShown(api, number, 'succeeded', STEP_LIMIT_MS);
});
