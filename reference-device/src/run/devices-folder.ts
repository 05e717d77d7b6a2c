import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { DeviceError } from './device-error.ts';
import { isRunning, type OwnedProcess } from './owned-process.ts';

/** It is a name on the wire, of a folder, and in the path of a socket. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;
const NEW_NAME_PREFIX = 'gateway-';

const DeviceRecord = z.object({
  name: z.string().regex(NAME),
  /** As this machine reaches it. */
  server: z.string(),
  type: z.string(),
  goldenImage: z.string(),
  uBoot: z.string(),
  accelerator: z.enum(['tcg', 'kvm']),
  /** What its clock shows at power-on; null: the host's time. */
  clock: z.string().nullable(),
});
/** What is kept of one device under QEMU, beside its disk. */
export type DeviceRecord = z.output<typeof DeviceRecord>;

const Running = z.object({ pid: z.number().int(), startedAtTicks: z.number() });

/** The files of one device, all in a folder of its own. */
export const deviceFiles = (folder: string) => ({
  record: path.join(folder, 'device.json'),
  running: path.join(folder, 'running.json'),
  disk: path.join(folder, 'disk.qcow2'),
  factoryImage: path.join(folder, 'factory.img'),
  console: path.join(folder, 'console.log'),
  keeperLog: path.join(folder, 'keeper.log'),
});

/** Where this user's devices are: one folder each, `$XDG_STATE_HOME/updraft/devices` unless UPDRAFT_DEVICES_DIR says otherwise. */
export function devicesFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { UPDRAFT_DEVICES_DIR: named, XDG_STATE_HOME: state, HOME: home = homedir() } = environment;
  if (named !== undefined && named !== '') return path.resolve(named);
  const base = state !== undefined && path.isAbsolute(state) ? state : path.join(home, '.local', 'state');
  return path.join(base, 'updraft', 'devices');
}

export function deviceFolder(name: string): string {
  if (!NAME.test(name))
    throw new DeviceError(
      'usage',
      'name-invalid',
      `"${name}" is no name of a device here: letters, digits, . _ -, at most 32.`,
    );
  return path.join(devicesFolder(), name);
}

/** Names of the devices that are there, in order. */
export async function deviceNames(): Promise<readonly string[]> {
  const entries = await readdir(devicesFolder(), { withFileTypes: true }).catch(emptyWhereMissing);
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return names.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

/** So many names that are not taken: gateway-1, gateway-2, … */
export function newNames(taken: readonly string[], count: number): readonly string[] {
  const names: string[] = [];
  for (let number = 1; names.length < count; number++)
    if (!taken.includes(`${NEW_NAME_PREFIX}${number}`)) names.push(`${NEW_NAME_PREFIX}${number}`);
  return names;
}

/** Undefined where there is no such device. */
export async function findDevice(name: string): Promise<DeviceRecord | undefined> {
  const text = await textOf(deviceFiles(deviceFolder(name)).record);
  return text === undefined ? undefined : DeviceRecord.parse(JSON.parse(text));
}

export async function readDevice(name: string): Promise<DeviceRecord> {
  const record = await findDevice(name);
  if (record !== undefined) return record;
  throw new DeviceError(
    'missing',
    'device-unknown',
    `There is no device ${name} here; "updraft device status" lists them.`,
  );
}

/** In one step: a record is there whole or not at all. */
export async function writeDevice(record: DeviceRecord): Promise<void> {
  const folder = deviceFolder(record.name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeWhole(deviceFiles(folder).record, record);
}

/** The QEMU of a device; undefined while it is off. */
export async function runningProcess(name: string): Promise<OwnedProcess | undefined> {
  const text = await textOf(deviceFiles(deviceFolder(name)).running);
  if (text === undefined) return undefined;
  const owned = Running.parse(JSON.parse(text));
  return (await isRunning(owned)) ? owned : undefined;
}

export async function noteRunning(folder: string, owned: OwnedProcess): Promise<void> {
  await writeWhole(deviceFiles(folder).running, owned);
}

export async function forgetRunning(folder: string): Promise<void> {
  await rm(deviceFiles(folder).running, { force: true });
}

async function writeWhole(file: string, content: object): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  await rename(temporary, file);
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

function emptyWhereMissing(error: NodeJS.ErrnoException): [] {
  if (error.code === 'ENOENT') return [];
  throw error;
}
