import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeSigningKey } from '../../devices/certificates.ts';
import { assign, untilShown } from '../../journeys/assignments.ts';
import { DeviceLab } from '../device-lab.ts';
import { STEP_LIMIT_MS } from '../reference-device.ts';

const LIMITS = { timeout: 3_600_000 };

test(
  'a device refuses a stranger’s bundle, one for other hardware and an older one, and then takes the right one',
  LIMITS,
  async (t) => {
    await using lab = await DeviceLab.open(t);
    if (lab === undefined) return;
    const { api } = lab;
    const device = await lab.addDevice(t);
    const running = await device.boot();
    const stranger = await makeSigningKey(lab.folder, { name: 'stranger' });
    const refused = [
      { version: '2.0.0', signer: stranger },
      { version: '2.0.0', hardware: 'other-board:1.0' },
      { version: '0.9.0' },
    ];
    for (const recipe of refused) {
      const number = await assign(api, device.name, { release: await lab.publish(recipe) });
      await untilShown(api, number, 'failed', STEP_LIMIT_MS);
      assert.doesNotMatch(device.machine.console.text(), /UPDRAFT installed/);
      assert.equal(await device.shell('fw_printenv -n slot'), running.slot);
    }
    const number = await assign(api, device.name, { release: await lab.publish({ version: '2.0.0' }) });
    await device.says('committed slot=b version=2.0.0');
    await untilShown(api, number, 'succeeded', STEP_LIMIT_MS);
  },
);

test('a device whose policy allows it takes an older version', LIMITS, async (t) => {
  await using lab = await DeviceLab.open(t);
  if (lab === undefined) return;
  const { api } = lab;
  const device = await lab.addDevice(t, { policy: { allowDowngrade: true } });
  await device.boot();
  const number = await assign(api, device.name, { release: await lab.publish({ version: '0.9.0' }) });
  await device.says('committed slot=b version=0.9.0');
  await untilShown(api, number, 'succeeded', STEP_LIMIT_MS);
});
