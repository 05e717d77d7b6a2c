import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { assign, untilShown } from '../journeys/assignments.ts';
import { buildSlot } from '../reference-device/built-images.ts';
import type { DeviceLab } from '../reference-device/device-lab.ts';
import type { ReferenceDevice } from '../reference-device/reference-device.ts';

/** The image of each version that the device ran, oldest first: the first is the golden image's. */
export type Recording = {
  readonly log: string;
  readonly factoryImage: string;
  readonly versions: readonly string[];
  readonly images: readonly Buffer[];
};

/** Two, so that each slot is written over while the other one is all that the device has. */
const UPDATES = ['2.0.0', '3.0.0'] as const;
/** Under emulation, on a machine that is busy, the flash alone takes minutes. */
const UPDATE_LIMIT_MS = 900_000;

/** While SWUpdate downloads it polls beside, and each poll is a TLS handshake that an emulated processor takes a second for. */
const POLL_INTERVAL = '00:00:20';
const POLL_SECONDS = 20;

/**
 * A device's real updates, by SWUpdate from the server, with every write and flush of its disk on record: power-on, download, flash,
 * switch, reboot, trial, commit, report; and the same once more into the slot that it came from.
 */
export async function recordUpdates(t: TestContext, lab: DeviceLab): Promise<Recording> {
  await lab.api.call('settings.change', { body: { pollInterval: POLL_INTERVAL } });
  const device = await lab.addDevice(t, { name: 'recorded', policy: { pollSeconds: POLL_SECONDS } });
  const folder = path.join(lab.folder, 'recorded');
  const log = path.join(folder, 'writes.log');
  await writeFile(log, '');
  await device.machine.switchOn({ writeLog: log });
  await device.untilAgent();
  for (const version of UPDATES) await takeUpdate(lab, device, version);
  // What was told last is to be flushed too.
  await device.shell('sync');
  await device.machine.pullPower();
  const versions = ['1.0.0', ...UPDATES];
  const images = await Promise.all(versions.map(async (version) => readFile(await buildSlot({ version }))));
  return { log, images, versions, factoryImage: path.join(folder, 'factory.img') };
}

/** Assigns a release of `version` and waits until the device runs and has committed it, and the server knows. */
async function takeUpdate(lab: DeviceLab, device: ReferenceDevice, version: string): Promise<void> {
  const release = await lab.publish({ version });
  const from = device.now;
  const number = await assign(lab.api, device.name, { release });
  await device.machine.console.waitFor(new RegExp(`UPDRAFT committed slot=\\w version=${RegExp.escape(version)}`), {
    timeLimitMs: UPDATE_LIMIT_MS,
    from,
  });
  await untilShown(lab.api, number, 'succeeded', UPDATE_LIMIT_MS);
}
