import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { mustRun } from '../programs/run-program.ts';

/** SWUpdate's `ustate` (include/state.h) as far as a boot script meets it. */
export const USTATE = { ok: '0', installed: '1', testing: '2', failed: '3' } as const;

const COPY_BYTES = 0x4000;
const COPIES = 2;
const ERASED = 0xff;
const TIME_LIMIT_MS = 30_000;

/** A device's U-Boot environment: two redundant copies in one file, read and written by libubootenv's own tools. */
export type BootEnvironment = {
  readonly read: () => Promise<Readonly<Record<string, string>>>;
  /** Writes all variables at once: either all of them are there after a power cut or none. */
  readonly write: (variables: Readonly<Record<string, string>>) => Promise<void>;
};

/**
 * Makes the environment in `folder`, with fw_env.config and u-boot-initial-env in its `etc`. An erased flash holds no valid copy,
 * so the first write takes the initial environment as its base, as at a board's first boot.
 */
export async function makeBootEnvironment(
  folder: string,
  initial: Readonly<Record<string, string>>,
): Promise<BootEnvironment> {
  const store = path.join(folder, 'uboot.env');
  const configFile = path.join(folder, 'etc', 'fw_env.config');
  const initialFile = path.join(folder, 'etc', 'u-boot-initial-env');
  await writeFile(store, Buffer.alloc(COPIES * COPY_BYTES, ERASED));
  const copies = Array.from({ length: COPIES }, (_, copy) => `${store} ${hex(copy * COPY_BYTES)} ${hex(COPY_BYTES)}\n`);
  await writeFile(configFile, copies.join(''));
  await writeFile(initialFile, lines(initial));

  const files = ['-c', configFile, '-f', initialFile];
  const read = async () => variablesIn(await mustRun('fw_printenv', files, { timeLimitMs: TIME_LIMIT_MS }));
  const write = async (variables: Readonly<Record<string, string>>) => {
    const script = path.join(folder, 'setenv.txt');
    await writeFile(script, lines(variables));
    await mustRun('fw_setenv', [...files, '-s', script], { timeLimitMs: TIME_LIMIT_MS });
    checkWritten(variables, await read());
  };
  await write(initial);
  return { read, write };
}

/** fw_setenv ends with 0 also when it understood nothing of its script. */
function checkWritten(wanted: Readonly<Record<string, string>>, found: Readonly<Record<string, string>>): void {
  const missing = Object.entries(wanted).filter(([name, value]) => found[name] !== value);
  if (missing.length > 0) throw new Error(`fw_setenv did not write ${JSON.stringify(Object.fromEntries(missing))}`);
}

function hex(number: number): string {
  return `0x${number.toString(16)}`;
}

function lines(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function variablesIn(printed: string): Record<string, string> {
  const pairs = printed
    .split('\n')
    .filter((line) => line.includes('='))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const);
  return Object.fromEntries(pairs);
}
