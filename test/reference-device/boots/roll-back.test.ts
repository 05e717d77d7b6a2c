import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { BreakageName } from '../../../reference-device/src/image/breakage.ts';
import type { FactoryPolicy } from '../../../reference-device/src/image/factory-image.ts';
import { assign, untilShown } from '../../journeys/assignments.ts';
import { until } from '../../journeys/until.ts';
import { DeviceLab } from '../device-lab.ts';
import { STEP_LIMIT_MS, type ReferenceDevice } from '../reference-device.ts';

const LIMITS = { timeout: 3_600_000 };
type Fall = {
  readonly breakage: BreakageName;
  readonly reason: string;
  readonly boots: number;
  /** Short, so that three hangs pass in a test; long enough for a boot of a busy machine. The device's own unless told. */
  readonly watchdogSeconds?: number;
  /** What need not wait for what will not come. */
  readonly policy?: FactoryPolicy;
  /** A whole update follows, which works. */
  readonly isUpdatedNext?: boolean;
};

const FALLS: readonly Fall[] = [
  { breakage: 'no-kernel', reason: 'image-unloadable', boots: 0, isUpdatedNext: true },
  { breakage: 'panic', reason: 'boot-limit', boots: 3 },
  { breakage: 'init-exits', reason: 'boot-limit', boots: 3 },
  { breakage: 'corrupt-root', reason: 'boot-limit', boots: 3 },
  { breakage: 'hang', reason: 'boot-limit', boots: 3, watchdogSeconds: 30 },
  { breakage: 'health', reason: 'health:broken', boots: 1, policy: { healthSeconds: 10 }, isUpdatedNext: true },
  { breakage: 'unreachable', reason: 'server-unreachable', boots: 1, policy: { serverSeconds: 20 } },
];

suite('a device whose new image does not work returns to its old slot by itself', () => {
  for (const { breakage, reason, boots, watchdogSeconds, policy = {}, isUpdatedNext = false } of FALLS)
    test(`${breakage}: the server is told ${reason}`, LIMITS, async (t) => {
      await using lab = await DeviceLab.open(t);
      if (lab === undefined) return;
      const { api } = lab;
      const device = await lab.addDevice(t, { slotB: { version: '2.0.0', breakage }, policy });
      const release = await lab.publish({ version: '2.0.0', isSwitchOnly: true });
      const running = await device.boot();
      assert.deepEqual(running, { slot: 'a', version: '1.0.0' });
      if (watchdogSeconds !== undefined) await device.shell(`fw_setenv watchdog_seconds ${watchdogSeconds}`);

      const number = await assign(api, device.name, { release });
      await device.says('installed slot=b');
      const from = device.now;
      for (let count = 1; count <= boots; count++) await device.says(`boot slot=b trial=1 count=${count}`, from);
      await device.says('boot slot=a trial=0', from);
      assert.deepEqual(await device.untilAgent(from), running);
      const { attempts } = await until({
        what: 'the end of the assignment',
        look: () => api.call('assignments.show', { params: { number } }),
        isIt: ({ endedAt }) => endedAt !== null,
        timeLimitMs: STEP_LIMIT_MS,
      });
      const { state, message } = attempts.at(-1) ?? {};
      assert.deepEqual({ state, message }, { state: 'rolled-back', message: reason });
      if (isUpdatedNext) await updateWholly(lab, device);
    });
});

/** The slot that did not work is written anew. */
async function updateWholly(lab: DeviceLab, device: ReferenceDevice): Promise<void> {
  const from = device.now;
  const number = await assign(lab.api, device.name, { release: await lab.publish({ version: '2.0.0' }) });
  await device.says('committed slot=b version=2.0.0', from);
  await untilShown(lab.api, number, 'succeeded', STEP_LIMIT_MS);
}
