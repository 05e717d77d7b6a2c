import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { DeviceError } from './device-error.ts';
import { deviceFiles, deviceFolder, runningProcess } from './devices-folder.ts';
import { tellMonitor } from './monitor.ts';
import { killProcess } from './owned-process.ts';
import { MONITOR_SOCKET, NETWORK_CARD } from './qemu-arguments.ts';

const KEEPER = path.join(import.meta.dirname, 'keeper.ts');
const ON_WITHIN_MS = 20_000;
const OFF_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 50;

/** Switches a device on; it goes on when this process has ended. Tells whether it was off. */
export async function switchOn(name: string): Promise<boolean> {
  if ((await runningProcess(name)) !== undefined) return false;
  const folder = deviceFolder(name);
  const { keeperLog } = deviceFiles(folder);
  await using log = await open(keeperLog, 'w', 0o600);
  const child = spawn(process.execPath, [...process.execArgv, KEEPER, folder], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  await once(child, 'spawn');
  child.unref();
  for (const deadline = performance.now() + ON_WITHIN_MS; ; await wait(LOOK_EVERY_MS)) {
    if ((await runningProcess(name)) !== undefined) return true;
    if (child.exitCode === null && performance.now() < deadline) continue;
    const said = (await readFile(keeperLog, 'utf8')).trim();
    throw new DeviceError(
      'refused',
      'device-not-started',
      `${name} did not start: ${said === '' ? 'no word of why' : said}`,
    );
  }
}

/** Pulls the plug: QEMU is killed, and what the device had not flushed is lost. Tells whether it was on. */
export async function pullPower(name: string): Promise<boolean> {
  const owned = await runningProcess(name);
  if (owned === undefined) return false;
  await killProcess(owned);
  // The keeper closes the console and takes its note away; the next start shall not meet it.
  for (const deadline = performance.now() + OFF_WITHIN_MS; performance.now() < deadline; await wait(LOOK_EVERY_MS))
    if (!(await hasNote(name))) break;
  return true;
}

/** The reset button. */
export async function reset(name: string): Promise<void> {
  await tell(name, 'system_reset', {});
}

/** Pulls the network cable, or plugs it in again. A device that is switched on has it in. */
export async function setNetwork(name: string, isPlugged: boolean): Promise<void> {
  await tell(name, 'set_link', { name: NETWORK_CARD, up: isPlugged });
}

async function tell(name: string, command: string, options: Readonly<Record<string, unknown>>): Promise<void> {
  if ((await runningProcess(name)) === undefined)
    throw new DeviceError(
      'conflict',
      'device-off',
      `${name} is off; "updraft device power ${name} on" switches it on.`,
    );
  await tellMonitor(path.join(deviceFolder(name), MONITOR_SOCKET), command, options);
}

async function hasNote(name: string): Promise<boolean> {
  const { running } = deviceFiles(deviceFolder(name));
  return readFile(running).then(
    () => true,
    () => false,
  );
}
