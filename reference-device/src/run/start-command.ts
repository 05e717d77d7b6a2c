import { rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { makeFactoryImage } from '../image/factory-image.ts';
import { requirePrograms } from '../image/host-program.ts';
import { DeviceError } from './device-error.ts';
import { pullPower, switchOn } from './device-power.ts';
import { deviceFiles, deviceFolder, deviceNames, findDevice, newNames, writeDevice } from './devices-folder.ts';
import { ensureGoldenImage, goldenFolder } from './golden-image.ts';
import { bundleCertificates, DEFAULT_DEVICE_TYPE, ensureDeviceType, joinServer } from './join-server.ts';
import { chooseAccelerator } from './kvm-probe.ts';
import { makeOverlay } from './overlay.ts';
import type { Output } from './output.ts';
import { QEMU_NEEDS } from './qemu-arguments.ts';
import { addressFromGuest, authorityOf } from './server-from-guest.ts';
import { openServer, readPem, type ServerChoice } from './server-login.ts';

/** Each takes some 300 MiB of memory, and a core for the seconds of its boot. */
const MAX_AT_ONCE = 32;

type StartOptions = ServerChoice & {
  readonly names: readonly string[];
  readonly count: number;
  readonly type: string;
  readonly cert: string | undefined;
  readonly image: string;
  readonly allowDowngrade: boolean;
};

/** `updraft device start`: makes the devices that are missing, and switches on all that were named. */
export async function startCommand(args: readonly string[], output: Output): Promise<void> {
  const options = optionsOf(args);
  const taken = await deviceNames();
  const names = options.names.length > 0 ? options.names : newNames(taken, options.count);
  const fresh: string[] = [];
  for (const name of names) if ((await findDevice(name)) === undefined) fresh.push(name);
  if (fresh.length > 0) await makeDevices(fresh, options, output);
  const started: { name: string; wasOff: boolean; console: string }[] = [];
  for (const name of names)
    started.push({ name, wasOff: await switchOn(name), console: deviceFiles(deviceFolder(name)).console });
  output.show({ items: started }, () => [
    ...started.map(
      ({ name, wasOff, console }) => `${name} ${wasOff ? 'is on' : 'was on already'}; its console: ${console}`,
    ),
    'It boots and polls within a minute; "updraft device list" shows when the server has heard of it.',
  ]);
}

async function makeDevices(names: readonly string[], options: StartOptions, output: Output): Promise<void> {
  requirePrograms(QEMU_NEEDS);
  const { api, address, caPem } = await openServer(options);
  const { tenant } = await api.call('whoami.show');
  const identity = {
    tenant,
    serverUrl: addressFromGuest(address),
    caPem: await authorityOf(address, caPem),
    bundleCertificatePem: options.cert === undefined ? await bundleCertificates(api) : await readPem(options.cert),
    policy: { allowDowngrade: options.allowDowngrade },
  };
  const { accelerator, why } = await chooseAccelerator();
  output.note(`QEMU runs with ${accelerator}: ${why}.`);
  const goldenImage = await ensureGoldenImage(options.image);
  await ensureDeviceType(api, options.type);
  for (const name of names) {
    const token = await joinServer(api, name, options.type);
    await writeDevice({
      name,
      server: address,
      type: options.type,
      goldenImage,
      uBoot: path.join(options.image, 'u-boot.bin'),
      accelerator,
      clock: null,
    });
    const { disk, factoryImage } = deviceFiles(deviceFolder(name));
    await makeFactoryImage(factoryImage, { deviceId: name, token, ...identity });
    await makeOverlay(disk, goldenImage);
  }
}

/** `updraft device stop`: pulls the plug of those named, or of all; with `--forget` nothing stays of them here. */
export async function stopCommand(args: readonly string[], output: Output): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { all: { type: 'boolean', default: false }, forget: { type: 'boolean', default: false } },
  });
  if (positionals.length > 0 === values.all)
    throw new DeviceError('usage', 'usage', 'Name the devices to stop, or say --all.');
  const names = values.all ? await deviceNames() : positionals;
  const stopped: { name: string; wasOn: boolean }[] = [];
  for (const name of names) {
    stopped.push({ name, wasOn: await pullPower(name) });
    if (values.forget) await rm(deviceFolder(name), { recursive: true, force: true });
  }
  const kept = values.forget ? 'and nothing of it stays here' : 'its disk is kept';
  output.show({ items: stopped }, () =>
    stopped.map(({ name, wasOn }) => `${name} ${wasOn ? 'is off' : 'was off'}; ${kept}.`),
  );
}

function optionsOf(args: readonly string[]): StartOptions {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      server: text,
      ca: text,
      cert: text,
      image: text,
      count: { type: 'string', short: 'n', default: '1' },
      type: { type: 'string', default: DEFAULT_DEVICE_TYPE },
      'allow-downgrade': { type: 'boolean', default: false },
    },
  });
  const count = Number(values.count);
  if (!Number.isInteger(count) || count < 1 || count > MAX_AT_ONCE)
    throw new DeviceError('usage', 'usage', `-n takes a number from 1 to ${MAX_AT_ONCE}.`);
  return {
    names: positionals,
    count,
    server: values.server,
    ca: values.ca,
    type: values.type,
    cert: values.cert,
    image: values.image === undefined ? goldenFolder() : path.resolve(values.image),
    allowDowngrade: values['allow-downgrade'],
  };
}
