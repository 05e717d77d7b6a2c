import { randomBytes } from 'node:crypto';
import { ApiProblem, type ApiClient } from '@updraft/protocols';
import { DeviceError } from './device-error.ts';

/** What a reference device says of itself; its type names them, so that the server sees for itself what came up. */
export const EVIDENCE_ATTRIBUTES = {
  versionAttribute: 'version',
  slotAttribute: 'slot',
  bootIdAttribute: 'boot-id',
} as const;
export const DEFAULT_DEVICE_TYPE = 'reference-gateway';

const TOKEN_BYTES = 16;
const CERTIFICATES_LIMIT = 100;

/** Makes the device type where it is missing; an existing one is left as it is. */
export async function ensureDeviceType(api: ApiClient, name: string): Promise<void> {
  await unlessTaken(api.call('device-types.create', { body: { name, ...EVIDENCE_ATTRIBUTES } }));
}

/** Adds a device to the server, or gives it a new token where its name is there already; gives its token. */
export async function joinServer(api: ApiClient, name: string, type: string): Promise<string> {
  const token = randomBytes(TOKEN_BYTES).toString('hex');
  const made = await unlessTaken(api.call('devices.create', { body: { name, type, token } }));
  return made?.token ?? (await api.call('devices.renew-token', { params: { device: name } })).token;
}

/** The certificates that the server takes signatures of, in PEM, one after the other: a device trusts the same. */
export async function bundleCertificates(api: ApiClient): Promise<string> {
  const { items } = await api.call('signing-certificates.list', { query: { limit: CERTIFICATES_LIMIT } });
  if (items.length > 0) return items.map(({ pem }) => `${pem.trim()}\n`).join('');
  throw new DeviceError(
    'refused',
    'no-certificate',
    'The server knows no certificate that signs bundles, so that a device could trust none: make one with "updraft key new" and add it with "updraft certificate add", or name it with --cert.',
  );
}

async function unlessTaken<T>(creating: Promise<T>): Promise<T | null> {
  try {
    return await creating;
  } catch (cause) {
    if (cause instanceof ApiProblem && cause.code === 'name-taken') return null;
    throw cause;
  }
}
