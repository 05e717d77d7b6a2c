import { stat } from 'node:fs/promises';
import path from 'node:path';
import { tellMonitor } from '../reference-device/src/run/monitor.ts';
import { MONITOR_SOCKET } from '../reference-device/src/run/qemu-arguments.ts';
import { assign, untilShown } from '../test/journeys/assignments.ts';
import { DeviceLab } from '../test/reference-device/device-lab.ts';
import { type ReferenceDevice, STEP_LIMIT_MS } from '../test/reference-device/reference-device.ts';
import { say, SPREAD_TITLE, spreadOf, spreadText } from './load/figures.ts';

const BOOTS = 4;
const KIB = 1024;
const MIB = KIB * KIB;

/** One device under QEMU: it boots some times, makes its data partition at the first, and takes an update from a server. */
export async function deviceLife(): Promise<Record<string, unknown>> {
  await using lab = await DeviceLab.open({ skip: refuse });
  if (lab === undefined) return {};
  const device = await lab.addDevice({ passed: true, after: () => undefined, diagnostic: say });
  const boots = await bootFigures(device);
  return { boots, ...(await updateFigures(lab, device)) };
}

/** A program that is missing ends the benchmark with its name. */
function refuse(line?: string): never {
  throw new Error(line);
}

async function bootFigures(device: ReferenceDevice): Promise<Record<string, unknown>> {
  const times = { uBoot: [] as number[], up: [] as number[], agent: [] as number[] };
  for (let index = 0; index < BOOTS; index++) {
    await device.machine.pullPower();
    const startedAt = performance.now();
    await device.machine.switchOn();
    for (const [name, words] of [
      ['uBoot', 'boot slot=a'],
      ['up', 'up slot=a'],
      ['agent', 'agent started'],
    ] as const) {
      await device.says(words);
      times[name].push(performance.now() - startedAt);
    }
  }
  say('');
  say(`ms after power-on           ${SPREAD_TITLE}`);
  say(`U-Boot has chosen           ${spreadText(spreadOf(times.uBoot))}`);
  say(`up                          ${spreadText(spreadOf(times.up))}`);
  say(`agent started               ${spreadText(spreadOf(times.agent))}`);
  return Object.fromEntries(Object.entries(times).map(([name, all]) => [`${name}Ms`, spreadOf(all)]));
}

async function updateFigures(lab: DeviceLab, device: ReferenceDevice): Promise<Record<string, unknown>> {
  const recipe = { version: '2.0.0' };
  const [release, bundle] = [await lab.publish(recipe), await lab.bundle(recipe)];
  const before = await writtenBytes(lab, device);
  const [from, startedAt] = [device.now, performance.now()];
  const number = await assign(lab.api, device.name, { release });
  await device.says('installed slot=b', from);
  const installedMs = performance.now() - startedAt;
  await device.says('committed slot=b', from);
  const committedMs = performance.now() - startedAt;
  await untilShown(lab.api, number, 'succeeded', STEP_LIMIT_MS);
  const succeededMs = performance.now() - startedAt;
  const written = (await writtenBytes(lab, device)) - before;
  const overlay = await stat(path.join(lab.folder, device.name, 'disk.qcow2'));
  const factory = await stat(path.join(lab.folder, device.name, 'factory.img'));
  const bytes = { bundle: (await stat(bundle)).size, written, overlay: overlay.size, factory: factory.size };
  say('');
  say(
    `update, s after assigning   installed ${seconds(installedMs)}, committed ${seconds(committedMs)}, succeeded ${seconds(succeededMs)}`,
  );
  say(`update, MiB                 bundle ${mib(bytes.bundle)}, written to the disk ${mib(bytes.written)}`);
  say(
    `one more device             factory image ${bytes.factory / KIB} KiB, its own disk after an update ${mib(bytes.overlay)} MiB`,
  );
  return { update: { installedMs, committedMs, succeededMs }, bytes };
}

/** What the device's disk was told to write since QEMU started; a restart of the guest does not end that. */
async function writtenBytes(lab: DeviceLab, device: ReferenceDevice): Promise<number> {
  const socket = path.join(lab.folder, device.name, MONITOR_SOCKET);
  const disks = (await tellMonitor(socket, 'query-blockstats')) as { readonly stats: { readonly wr_bytes: number } }[];
  return disks.reduce((sum, { stats }) => sum + stats.wr_bytes, 0);
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}
