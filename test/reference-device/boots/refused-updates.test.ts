import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeSigningKey } from '../../devices/certificates.ts';
import { assign, untilShown } from '../../journeys/assignments.ts';
import { DeviceLab, type BundleRecipe } from '../device-lab.ts';
import { STEP_LIMIT_MS } from '../reference-device.ts';

const LIMITS = { timeout: 3_600_000 };

type Refusal = { readonly recipe: BundleRecipe; readonly words: string };

/** The slot was written from outside: a bundle is refused for its description, before its images come. */
test(
  'a device refuses a stranger’s bundle, one for other hardware and an older one, and then takes the right one',
  LIMITS,
  async (t) => {
    await using lab = await DeviceLab.open(t);
    if (lab === undefined) return;
    const { api } = lab;
    // Three failures would set the device aside.
    await api.call('settings.change', { body: { penaltyFailures: 0 } });
    const device = await lab.addDevice(t, { slotB: { version: '2.0.0' } });
    const running = await device.boot();
    const stranger = await makeSigningKey(lab.folder, { name: 'stranger' });
    const refusals: readonly Refusal[] = [
      { recipe: { version: '2.0.0', signer: stranger }, words: 'Authentication of all signatures failed' },
      { recipe: { version: '2.0.0', hardware: 'other-board:1.0' }, words: 'HW compatibility not found' },
      { recipe: { version: '0.9.0' }, words: 'No downgrading allowed' },
    ];
    for (const { recipe, words } of refusals) {
      const release = await lab.publish({ ...recipe, isSwitchOnly: true });
      const number = await assign(api, device.name, { release });
      await untilShown(api, number, 'failed', STEP_LIMIT_MS);
      assert.match(await device.shell(`logread | grep -m 1 '${words}'`), new RegExp(words));
      assert.doesNotMatch(device.machine.console.text(), /UPDRAFT installed/);
      assert.equal(await device.shell('fw_printenv -n slot'), running.slot);
    }
    const release = await lab.publish({ version: '2.0.0', isSwitchOnly: true });
    const number = await assign(api, device.name, { release });
    await device.says('committed slot=b version=2.0.0');
    await untilShown(api, number, 'succeeded', STEP_LIMIT_MS);
  },
);

test('a device whose policy allows it takes an older version', LIMITS, async (t) => {
  await using lab = await DeviceLab.open(t);
  if (lab === undefined) return;
  const { api } = lab;
  const device = await lab.addDevice(t, { slotB: { version: '0.9.0' }, policy: { allowDowngrade: true } });
  await device.boot();
  const release = await lab.publish({ version: '0.9.0', isSwitchOnly: true });
  const number = await assign(api, device.name, { release });
  await device.says('committed slot=b version=0.9.0');
  await untilShown(api, number, 'succeeded', STEP_LIMIT_MS);
});
