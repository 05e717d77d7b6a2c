import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressFromGuest } from '../../../reference-device/src/run/server-from-guest.ts';
import { assign, untilShown } from '../../journeys/assignments.ts';
import { CutLink } from '../../journeys/cut-link.ts';
import { until } from '../../journeys/until.ts';
import { DeviceLab } from '../device-lab.ts';
import { STEP_LIMIT_MS, type ReferenceDevice } from '../reference-device.ts';

const LIMITS = { timeout: 3_600_000 };

test('a device takes two updates in a row, and each goes to the slot that does not run', LIMITS, async (t) => {
  await using lab = await DeviceLab.open(t);
  if (lab === undefined) return;
  const { api } = lab;
  const device = await lab.addDevice(t);
  await device.boot();
  for (const [version, slot] of [
    ['2.0.0', 'b'],
    ['3.0.0', 'a'],
  ] as const) {
    const number = await assign(api, device.name, { release: await lab.publish({ version }) });
    await device.says(`committed slot=${slot} version=${version}`);
    await untilShown(api, number, 'succeeded', STEP_LIMIT_MS);
  }
});

test('a device whose data partition is full takes an update', LIMITS, async (t) => {
  await using lab = await DeviceLab.open(t);
  if (lab === undefined) return;
  const { api } = lab;
  const device = await lab.addDevice(t, { slotB: { version: '2.0.0' } });
  await device.boot();
  await device.shell('dd if=/dev/zero of=/data/filling bs=64k 2>/dev/null; sync');
  assert.equal(await device.shell("df -k /data | awk 'END { print $4 }'"), '0');

  const release = await lab.publish({ version: '2.0.0', isSwitchOnly: true });
  const number = await assign(api, device.name, { release });
  await device.says('committed slot=b version=2.0.0');
  await untilShown(api, number, 'succeeded', STEP_LIMIT_MS);
});

test('a network that is away for longer than SWUpdate tries again costs no update', LIMITS, async (t) => {
  await using lab = await DeviceLab.open(t);
  if (lab === undefined) return;
  const { api } = lab;
  await using link = await CutLink.open(lab.server.url, Infinity);
  const serverUrl = addressFromGuest(link.url);
  const device = await lab.addDevice(t, { serverUrl, policy: { retries: 2, retrySeconds: 1 } });
  const [release] = await Promise.all([lab.publish({ version: '2.0.0' }), device.boot()]);
  const number = await assign(api, device.name, { release });
  await lab.untilWriting(device);
  // Refused, not broken in TLS's handshake: after that SWUpdate does not try again at all.
  await link.cut();
  await untilLogged(device, 'too many failed download attempts');
  // Its report comes to nothing too, and so does the poll behind it.
  await untilLogged(device, 'Channel get operation failed');
  await link.mend();
  await device.says('committed slot=b version=2.0.0');
  const { failedAttempts } = await untilShown(api, number, 'succeeded', STEP_LIMIT_MS);
  assert.equal(failedAttempts, 0);
});

async function untilLogged(device: ReferenceDevice, words: string): Promise<void> {
  await until({
    what: `"${words}" in the device's log`,
    look: () => device.shell(`sleep 1; logread | grep -c '${words}' || true`),
    isIt: (count) => Number(count) > 0,
    timeLimitMs: STEP_LIMIT_MS,
  });
}
