import { crc32 } from 'node:zlib';

/**
 * U-Boot's environment as the reference device keeps it: one sector, so that a write is whole or torn but never half new and
 * valid. Layout of U-Boot's `env export -c`: CRC-32 of the rest (little endian), `name=value` strings ended by NUL and sorted by
 * name, then NUL to the end.
 */
export type Environment = Readonly<Record<string, string>>;

/** Bytes; the sector size of every disk that U-Boot's `virtio` command speaks to. */
export const ENVIRONMENT_BYTES = 512;
const CRC_BYTES = 4;

/** What boot.cmd imports and exports: any other name is lost at the next boot. Frozen: guest scripts and SWUpdate use these names. */
export const ENVIRONMENT_NAMES = [
  'slot',
  'upgrade_available',
  'bootcount',
  'bootlimit',
  'ustate',
  'recovery_status',
  'boot_reason',
  'update_origin',
  'watchdog_seconds',
] as const;

/** A backslash would be doubled by U-Boot's export and not by libubootenv. */
const NAME = /^[a-z0-9_]+$/;
const VALUE = /^[\x20-\x5b\x5d-\x7e]+$/;

export class EnvironmentError extends Error {
  readonly code: 'environment-name-refused' | 'environment-value-refused' | 'environment-too-large';
  constructor(code: EnvironmentError['code'], message: string) {
    super(message);
    this.name = 'EnvironmentError';
    this.code = code;
  }
}

/**
 * The 512 bytes of an environment; a name with an empty value is left out, as U-Boot knows no empty variable.
 * Throws an EnvironmentError for names, values or a total that U-Boot and libubootenv would not both read back.
 */
export function encodeEnvironment(environment: Environment): Buffer {
  const entries = Object.entries(environment).filter(([, value]) => value !== '');
  for (const [name, value] of entries) {
    if (!NAME.test(name)) throw new EnvironmentError('environment-name-refused', `not a name: ${JSON.stringify(name)}`);
    if (!VALUE.test(value))
      throw new EnvironmentError('environment-value-refused', `not a value of ${name}: ${JSON.stringify(value)}`);
  }
  const lines = entries.map(([name, value]) => `${name}=${value}\0`).toSorted(byName);
  const text = Buffer.from(lines.join(''), 'latin1');
  // One NUL more ends the list.
  if (text.length + 1 > ENVIRONMENT_BYTES - CRC_BYTES)
    throw new EnvironmentError('environment-too-large', `${text.length} bytes of variables do not fit one sector`);
  const bytes = Buffer.alloc(ENVIRONMENT_BYTES);
  text.copy(bytes, CRC_BYTES);
  bytes.writeUInt32LE(crc32(bytes.subarray(CRC_BYTES)), 0);
  return bytes;
}

/** What a sector says, or undefined when its CRC does not hold: torn, or never written. */
export function decodeEnvironment(bytes: Buffer): Environment | undefined {
  if (bytes.length !== ENVIRONMENT_BYTES) return undefined;
  const data = bytes.subarray(CRC_BYTES);
  if (bytes.readUInt32LE(0) !== crc32(data)) return undefined;
  const end = data.indexOf('\0\0');
  const lines = data.toString('latin1', 0, end < 0 ? data.length : end).split('\0');
  const pairs = lines.map((line) => [line.split('=', 1)[0] ?? '', line.slice(line.indexOf('=') + 1)] as const);
  return Object.fromEntries(pairs.filter(([name, value]) => name !== '' && value !== ''));
}

/** By code unit, as U-Boot's qsort with strcmp does; no two names are equal. */
function byName(a: string, b: string): number {
  return a < b ? -1 : 1;
}
