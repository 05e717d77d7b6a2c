import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildDevice } from './build-device.ts';
import { type BreakageName, BREAKAGE_NAMES, parseBreakage } from './breakage.ts';
import { BuildError } from './build-error.ts';
import { relock } from './relock.ts';
import { slotBundleArguments } from './slot-bundle.ts';
import { DEVICE_FOLDER } from './slot-tree.ts';

const USAGE = `reference-device/build [OPTION…]

  --version V    the version that the image carries (default 1.0.0)
  --output DIR   where the files go (default reference-device/out/V)
  --break WAY    a slot that does not work: ${BREAKAGE_NAMES.join(', ')}
  --slot-only    only slot.ext4, what an update brings: no disk, no firmware
  --relock       first choose the packages anew, the newest that Debian has, and write packages.lock.json
  --help

SOURCE_DATE_EPOCH, where set, is the time that the image carries; else it is that of the lock.
`;

const ARGUMENTS = {
  options: {
    version: { type: 'string' },
    output: { type: 'string' },
    break: { type: 'string' },
    'slot-only': { type: 'boolean' },
    relock: { type: 'boolean' },
    help: { type: 'boolean' },
  },
} as const;

const USAGE_EXIT = 2;

await main();

async function main(): Promise<void> {
  const started = performance.now();
  const progress = (line: string): void => {
    process.stderr.write(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${line}\n`);
  };
  try {
    await build(progress);
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    process.stderr.write(`reference-device/build: ${error.code}: ${error.message}\n`);
    process.exitCode = error.code === 'usage' ? USAGE_EXIT : 1;
  }
}

async function build(progress: (line: string) => void): Promise<void> {
  const options = parseOptions();
  if (options.help) {
    process.stdout.write(USAGE);
    return;
  }
  if (options.relock) {
    const locked = await relock(progress);
    progress(`locked ${locked.length} packages`);
  }
  const made = await buildDevice(options, progress);
  progress(`done: ${options.output}`);
  process.stderr.write(`\nAn update of it, signed with your key:\n  updraft bundle create ${updateOf(options)}\n`);
  process.stdout.write(`${JSON.stringify(made, null, 2)}\n`);
}

function updateOf({ version, output }: Options): string {
  const slotImage = path.join(output, 'slot.ext4');
  const files = { keyFile: 'KEY.pem', certificateFile: 'CERT.pem', output: `slot-${version}.swu` };
  return slotBundleArguments({ version, slotImage, ...files }).join(' ');
}

type Options = {
  readonly version: string;
  readonly output: string;
  readonly relock: boolean;
  readonly help: boolean;
  readonly time?: number;
  readonly breakage?: BreakageName;
  readonly isSlotOnly: boolean;
};

function parseOptions(): Options {
  const { version = '1.0.0', output, relock: isRelock = false, help = false, ...slot } = values();
  if (!/^[0-9A-Za-z][0-9A-Za-z.+-]{0,63}$/.test(version))
    throw new BuildError('usage', `"${version}" is no version; write as in 1.2.3 or 1.2.3-rc.1`);
  const time = process.env['SOURCE_DATE_EPOCH'];
  if (time !== undefined && !/^[1-9]\d{0,9}$/.test(time))
    throw new BuildError('usage', `SOURCE_DATE_EPOCH is "${time}"; it is to be in seconds since 1970`);
  return {
    version,
    output: path.resolve(output ?? path.join(DEVICE_FOLDER, 'out', version)),
    relock: isRelock,
    help,
    isSlotOnly: slot['slot-only'] === true,
    ...(time === undefined ? {} : { time: Number(time) }),
    ...(slot.break === undefined ? {} : { breakage: parseBreakage(slot.break) }),
  };
}

function values(): ReturnType<typeof parseArgs<typeof ARGUMENTS>>['values'] {
  try {
    return parseArgs(ARGUMENTS).values;
  } catch (cause) {
    throw new BuildError('usage', `${(cause as Error).message}\n\n${USAGE}`, { cause });
  }
}
