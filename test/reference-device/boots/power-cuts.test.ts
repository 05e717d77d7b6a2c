import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assign, untilShown } from '../../journeys/assignments.ts';
import { until } from '../../journeys/until.ts';
import { DeviceLab, type BundleRecipe } from '../device-lab.ts';
import { STEP_LIMIT_MS, type ReferenceDevice } from '../reference-device.ts';

/** Six updates, eleven boots and more. */
const LIMITS = { timeout: 3_600_000 };

type Cut = {
  readonly moment: string;
  /** Of the bundle. */
  readonly recipe?: Partial<BundleRecipe>;
  /** Resolves at the moment. `number` is the assignment's. */
  readonly until: (device: ReferenceDevice, lab: DeviceLab, number: number) => Promise<unknown>;
};

const CUTS: readonly Cut[] = [
  {
    moment: 'in the download, which goes into the slot',
    until: (_, lab, number) => untilAttempt(lab, number, 'downloading'),
  },
  {
    moment: 'while it writes the slot from its memory',
    recipe: { isCopiedFirst: true },
    until: (_, lab, number) => untilAttempt(lab, number, 'installing'),
  },
  { moment: 'between the environment and the restart', until: (device) => device.says('installed slot=') },
  { moment: 'in the first boot', until: (device) => device.says(/boot slot=\w trial=1 count=1/) },
  { moment: 'just before the commit', until: (device) => device.says(/boot slot=\w trial=1[^]*UPDRAFT up slot=/) },
];

test(
  'after a power cut at any moment of an update the old or the new version runs, and the update comes to its end',
  LIMITS,
  async (t) => {
    await using lab = await DeviceLab.open(t);
    if (lab === undefined) return;
    const device = await lab.addDevice(t);
    let running = await device.boot();
    for (const [index, cut] of CUTS.entries())
      await t.test(cut.moment, LIMITS, async () => {
        const version = `${index + 2}.0.0`;
        const release = await lab.publish({ version, ...cut.recipe });
        const number = await assign(lab.api, device.name, { release });
        await cut.until(device, lab, number);
        await device.machine.pullPower();

        const after = await device.boot();
        const isOldOrNew = after.slot === running.slot ? after.version === running.version : after.version === version;
        assert.ok(isOldOrNew, `${JSON.stringify(after)} after ${JSON.stringify(running)}`);
        await untilShown(lab.api, number, 'succeeded', STEP_LIMIT_MS);
        running = { slot: running.slot === 'a' ? 'b' : 'a', version };
        const { attributes } = await lab.api.call('devices.show', { params: { device: device.name } });
        assert.deepEqual({ slot: attributes['slot'], version: attributes['version'] }, running);
      });
  },
);

async function untilAttempt({ api }: DeviceLab, number: number, state: string): Promise<void> {
  await until({
    what: `attempt as ${state}`,
    look: async () => (await api.call('assignments.show', { params: { number } })).attempts.at(-1)?.state,
    isIt: (found) => found === state,
    timeLimitMs: STEP_LIMIT_MS,
  });
}
