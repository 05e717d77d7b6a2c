import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assign, untilShown } from '../../journeys/assignments.ts';
import { DeviceLab, type BundleRecipe } from '../device-lab.ts';
import { STEP_LIMIT_MS, type ReferenceDevice, type Running } from '../reference-device.ts';

/** Six updates, twelve boots and more. */
const LIMITS = { timeout: 3_600_000 };

type Cut = {
  readonly moment: string;
  /** Of the bundle. Where the cut comes after the slot is written, the slot holds its version already: the bundle switches. */
  readonly recipe: Partial<BundleRecipe>;
  /** Resolves at the moment. */
  readonly until: (device: ReferenceDevice, now: Moment) => Promise<unknown>;
  /** What runs at the next power-on. */
  readonly boots: 'old' | 'new';
};
/** `from` is the line of the console at which the update began. */
type Moment = { readonly lab: DeviceLab; readonly from: number };

const CUTS: readonly Cut[] = [
  {
    moment: 'in the download, which goes into the slot',
    recipe: {},
    until: (device, { lab }) => lab.untilWriting(device),
    boots: 'old',
  },
  {
    moment: 'while it writes the slot from its memory',
    recipe: { isCopiedFirst: true },
    until: (device, { lab }) => lab.untilWriting(device),
    boots: 'old',
  },
  {
    moment: 'between the environment and the restart',
    recipe: { isSwitchOnly: true },
    until: (device, { from }) => device.says('installed slot=', from),
    boots: 'new',
  },
  {
    moment: 'in the first boot',
    recipe: { isSwitchOnly: true },
    until: (device, { from }) => device.says(/boot slot=\w trial=1 count=1/, from),
    boots: 'new',
  },
  {
    moment: 'just before the commit',
    recipe: { isSwitchOnly: true },
    until: (device, { from }) => device.says(/boot slot=\w trial=1[^]*UPDRAFT up slot=/, from),
    boots: 'new',
  },
];

/** Each update goes to the slot that does not run, and this is what that one holds at the end. */
const VERSION_IN = { a: '1.0.0', b: '2.0.0' } as const;

test(
  'after a power cut at any moment of an update the old or the new version runs, and the update comes to its end',
  LIMITS,
  async (t) => {
    await using lab = await DeviceLab.open(t);
    if (lab === undefined) return;
    const device = await lab.addDevice(t, { policy: { allowDowngrade: true } });
    let running = await device.boot();
    for (const cut of CUTS)
      await t.test(cut.moment, LIMITS, async () => {
        const [old, fresh] = [running, otherThan(running)];
        const from = device.now;
        const number = await startUpdate(lab, device, { ...cut.recipe, version: fresh.version });
        await cut.until(device, { lab, from });
        await device.machine.pullPower();

        assert.deepEqual(await device.boot(), cut.boots === 'old' ? old : fresh);
        await untilSucceeded(lab, device, { number, fresh });
        running = fresh;
      });
    await t.test('and then nothing is cut', LIMITS, async () => {
      const fresh = otherThan(running);
      const number = await startUpdate(lab, device, { isSwitchOnly: true, version: fresh.version });
      await untilSucceeded(lab, device, { number, fresh });
    });
  },
);

function otherThan({ slot }: Running): Running {
  return slot === 'a' ? { slot: 'b', version: VERSION_IN.b } : { slot: 'a', version: VERSION_IN.a };
}

async function startUpdate(lab: DeviceLab, device: ReferenceDevice, recipe: BundleRecipe): Promise<number> {
  return assign(lab.api, device.name, { release: await lab.publish(recipe) });
}

async function untilSucceeded(
  { api }: DeviceLab,
  { name }: ReferenceDevice,
  { number, fresh }: { readonly number: number; readonly fresh: Running },
): Promise<void> {
  await untilShown(api, number, 'succeeded', STEP_LIMIT_MS);
  const { attributes } = await api.call('devices.show', { params: { device: name } });
  assert.deepEqual({ slot: attributes['slot'], version: attributes['version'] }, fresh);
}
