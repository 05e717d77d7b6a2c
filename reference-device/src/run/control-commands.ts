import { DeviceError } from './device-error.ts';
import { BREAKABLE_PARTS, breakDisk, isBreakable } from './break-disk.ts';
import { pullPower, reset, setNetwork, switchOn } from './device-power.ts';
import {
  deviceFiles,
  deviceFolder,
  deviceNames,
  findDevice,
  readDevice,
  runningProcess,
  writeDevice,
  type DeviceRecord,
} from './devices-folder.ts';
import type { Output } from './output.ts';

/** What a clock may be wound to; the calendar is the host's to check. */
const CLOCK = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d)?$/;
const HOST_CLOCK = 'now';

/** `updraft device status`: the devices under QEMU on this machine. */
export async function statusCommand(_: readonly string[], output: Output): Promise<void> {
  const items: (DeviceRecord & { readonly pid: number | null; readonly console: string })[] = [];
  for (const name of await deviceNames()) {
    const device = await findDevice(name);
    if (device === undefined) continue;
    const pid = (await runningProcess(name))?.pid ?? null;
    items.push({ ...device, pid, console: deviceFiles(deviceFolder(name)).console });
  }
  output.show({ items }, () =>
    items.length === 0
      ? ['There is no device under QEMU here. Start one with "updraft device start".']
      : items.map(
          ({ name, pid, server, console }) =>
            `${name}  ${pid === null ? 'off' : `on (pid ${pid})`}  ${server}  ${console}`,
        ),
  );
}

/** `updraft device power NAME cut|on|cycle|reset` */
export async function powerCommand(args: readonly string[], output: Output): Promise<void> {
  const { name, word } = await nameAndWord(args, ['cut', 'on', 'cycle', 'reset']);
  if (word === 'reset') await reset(name);
  if (word === 'cut' || word === 'cycle') await pullPower(name);
  if (word === 'on' || word === 'cycle') await switchOn(name);
  output.show({ name, power: word === 'cut' ? 'off' : 'on' }, () => [`${name} is ${word === 'cut' ? 'off' : 'on'}.`]);
}

/** `updraft device network NAME cut|mend` */
export async function networkCommand(args: readonly string[], output: Output): Promise<void> {
  const { name, word } = await nameAndWord(args, ['cut', 'mend']);
  await setNetwork(name, word === 'mend');
  output.show({ name, network: word === 'mend' ? 'up' : 'down' }, () => [
    word === 'mend'
      ? `The cable of ${name} is plugged in again.`
      : `The cable of ${name} is pulled, until you mend it or its next start.`,
  ]);
}

/** `updraft device break NAME PART`: a device that is on loses its power first, and is switched on again. */
export async function breakCommand(args: readonly string[], output: Output): Promise<void> {
  const { name, word } = await nameAndWord(args, BREAKABLE_PARTS);
  if (!isBreakable(word)) return;
  const { goldenImage } = await readDevice(name);
  const wasOn = await pullPower(name);
  await breakDisk(deviceFiles(deviceFolder(name)).disk, goldenImage, word);
  if (wasOn) await switchOn(name);
  output.show({ name, broken: word, isOn: wasOn }, () => [
    `${word} of ${name} is unreadable${wasOn ? ', and it boots with that' : '; it is off'}.`,
  ]);
}

/** `updraft device clock NAME TIME|now`: from the next power-on; a device that is on gets that at once. */
export async function clockCommand(args: readonly string[], output: Output): Promise<void> {
  const [name = '', time = '', ...more] = args;
  if (more.length > 0 || (time !== HOST_CLOCK && !CLOCK.test(time)))
    throw new DeviceError('usage', 'usage', 'Expected a device and a time in UTC: 1970-01-01T00:00:00, or "now".');
  const device = await readDevice(name);
  const clock = time === HOST_CLOCK ? null : time.includes('T') ? time : `${time}T00:00:00`;
  await writeDevice({ ...device, clock });
  const wasOn = await pullPower(name);
  if (wasOn) await switchOn(name);
  const shown = clock === null ? "the host's time" : clock;
  output.show({ name, clock, isOn: wasOn }, () => [`The clock of ${name} shows ${shown} whenever it is switched on.`]);
}

async function nameAndWord(
  args: readonly string[],
  words: readonly string[],
): Promise<{ readonly name: string; readonly word: string }> {
  const [name = '', word = '', ...more] = args;
  if (more.length > 0 || !words.includes(word))
    throw new DeviceError('usage', 'usage', `Expected a device and one of: ${words.join(', ')}.`);
  await readDevice(name);
  return { name, word };
}
