import { deviceFiles, forgetRunning, noteRunning, readDevice } from './devices-folder.ts';
import { Machine } from './machine.ts';
import { processOf } from './owned-process.ts';
import path from 'node:path';

/**
 * The process behind a device that was started from the command line: it owns QEMU and writes its console until the power is
 * pulled. `keeper.ts FOLDER`; started by device-power.ts, which reads running.json.
 */
const folder = process.argv[2] ?? '';
const { clock, uBoot, accelerator } = await readDevice(path.basename(folder));
const { disk, factoryImage } = deviceFiles(folder);

await using machine = await Machine.create({
  folder,
  uBoot,
  accelerator,
  disk,
  factoryImage,
  ...(clock === null ? {} : { clock }),
});
await machine.switchOn();
const owned = await processOf(machine.pid ?? 0);
if (owned !== undefined) await noteRunning(folder, owned);
// Whoever waits for the start in vain reads it in keeper.log.
process.stderr.write(`${await machine.ended}\n`);
await forgetRunning(folder);
