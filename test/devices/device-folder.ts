import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { makeBootEnvironment, USTATE, type BootEnvironment } from './boot-environment.ts';
import { DEFAULT_SLOT_PATHS, firstContent, type DeviceOptions } from './device-options.ts';
import { layOutDevice, type SlotPaths } from './isolation.ts';

/** A unix socket's path has 107 bytes; `/device-XXXXXX/once/sockinstctrl` and its like stand below. */
const MAX_PARENT_BYTES = 70;

/** Makes the folder that a device consists of: slots, boot environment, its own /etc and /dev, and its sockets' places. */
export async function makeDeviceFolder(
  options: DeviceOptions,
): Promise<{ readonly folder: string; readonly bootEnvironment: BootEnvironment }> {
  const folder = await mkdtemp(path.join(shortTemporaryFolder(), 'device-'));
  try {
    const files = slotFiles(folder);
    await Promise.all(Object.values(SOCKET_FOLDERS).map((name) => mkdir(path.join(folder, name))));
    await layOutDevice(folder, { files, paths: options.slotPaths ?? DEFAULT_SLOT_PATHS });
    for (const slot of ['A', 'B'] as const) await writeFile(files[slot], firstContent(options.slots?.[slot]));
    const certificates = await Promise.all(options.signingCertificates.map((file) => readFile(file)));
    await writeFile(signersFile(folder), Buffer.concat(certificates));
    return { folder, bootEnvironment: await makeBootEnvironment(folder, { bootslot: 'A', ustate: USTATE.ok }) };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Two SWUpdates of one device, the agent and a one-shot check, must not share their sockets. */
export const SOCKET_FOLDERS = { agent: 'run', oneShot: 'once' } as const;

export function slotFiles(folder: string): SlotPaths {
  return { A: path.join(folder, 'slot-a'), B: path.join(folder, 'slot-b') };
}

export function signersFile(folder: string): string {
  return path.join(folder, 'etc', 'signers.pem');
}

/** os.tmpdir(), or /tmp where that is too long for the sockets of SWUpdate. */
function shortTemporaryFolder(): string {
  return os.tmpdir().length <= MAX_PARENT_BYTES ? os.tmpdir() : '/tmp';
}
