import { once } from 'node:events';
import { open, type FileHandle } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { setTimeout as wait } from 'node:timers/promises';
import { DeviceError } from './device-error.ts';
import { deviceFiles, deviceFolder, readDevice } from './devices-folder.ts';

const DEFAULT_LINES = '40';
/** What is read from the end of the file to find its last lines. */
const TAIL_BYTES = 1024 ** 2;
const LOOK_EVERY_MS = 200;

/** `updraft device console NAME`: the last lines of its console, each with its time; with `--follow` on until Ctrl-C. */
export async function consoleCommand(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      follow: { type: 'boolean', short: 'f', default: false },
      lines: { type: 'string', default: DEFAULT_LINES },
    },
  });
  const [name = '', ...more] = positionals;
  const lines = Number(values.lines);
  if (name === '' || more.length > 0 || !Number.isInteger(lines) || lines < 0)
    throw new DeviceError('usage', 'usage', 'Expected one device; --lines takes a number.');
  await readDevice(name);
  await using file = await open(deviceFiles(deviceFolder(name)).console, 'r').catch((cause: unknown) => {
    throw new DeviceError('missing', 'console-empty', `${name} was never switched on.`, { cause });
  });
  const { size } = await file.stat();
  const from = Math.max(0, size - TAIL_BYTES);
  const text = await textFrom(file, from, size - from);
  await say(lines === 0 ? '' : `${text.trimEnd().split('\n').slice(-lines).join('\n')}\n`);
  for (let at = size; values.follow && !signal.aborted; at += await sayNew(file, at))
    await wait(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
}

async function sayNew(file: FileHandle, at: number): Promise<number> {
  const length = (await file.stat()).size - at;
  if (length > 0) await say(await textFrom(file, at, length));
  return Math.max(0, length);
}

async function textFrom(file: FileHandle, at: number, length: number): Promise<string> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, at);
  return buffer.toString('utf8', 0, bytesRead);
}

async function say(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
