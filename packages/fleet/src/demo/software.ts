import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ApiProblem, type ApiClient } from '@updraft/protocols';
import { run } from '../program.ts';
import { cleanEnvironment, LAUNCHER } from '../server-process.ts';

/** Larger than what the sockets between server and device hold, so that "half of the download" happens on the wire. */
const IMAGE_BYTES = 8 * 1024 * 1024;
const HARDWARE = 'demo-gateway:1.0';

export type SigningKey = { readonly key: string; readonly cert: string };

/** Makes a signing key and its certificate with `updraft key new`, as files in `folder`. */
export async function newKey(folder: string, name: string, signal: AbortSignal): Promise<SigningKey> {
  const files = { key: path.join(folder, `${name}.key`), cert: path.join(folder, `${name}.crt`) };
  await updraft(['key', 'new', '--subject', `CN=${name}`, '--out-key', files.key, '--out-cert', files.cert], signal);
  return files;
}

/** Makes a root file system of random bytes and a bundle of it with `updraft bundle create`; gives the bundle's file. */
export async function newBundle(
  folder: string,
  version: string,
  { key, cert }: SigningKey,
  signal: AbortSignal,
): Promise<string> {
  const image = path.join(folder, `rootfs-${version}.img`);
  const out = path.join(folder, `gateway-${version}-${path.basename(key, '.key')}.swu`);
  await writeFile(image, randomBytes(IMAGE_BYTES));
  const options = ['--version', version, '--hardware', HARDWARE, '--key', key, '--cert', cert, '--out', out];
  await updraft(['bundle', 'create', '--image', image, ...options], signal);
  return out;
}

/** Uploads a bundle in one request; gives the artifact's id, or the code with which the server refused it. */
export async function upload(
  api: ApiClient,
  bundle: string,
  signal: AbortSignal,
): Promise<{ readonly id: string } | { readonly refused: string }> {
  const body = await readFile(bundle);
  const query = new URLSearchParams({ filename: path.basename(bundle), sha256: sha256(body) });
  try {
    const headers = { 'content-type': 'application/octet-stream' };
    const response = await api.open(`/artifacts?${query.toString()}`, { method: 'POST', headers, body, signal });
    return (await response.json()) as { id: string };
  } catch (cause) {
    if (cause instanceof ApiProblem && cause.code.startsWith('bundle-')) return { refused: cause.code };
    throw cause;
  }
}

/** Publishes a release of one component with one artifact for `deviceType`; gives its id. */
export async function publish(
  api: ApiClient,
  {
    version,
    artifact,
    deviceType,
  }: { readonly version: string; readonly artifact: string; readonly deviceType: string },
  signal: AbortSignal,
): Promise<string> {
  const component = await api.call('components.create', {
    body: { name: 'gateway-os', version, kind: 'os', artifacts: [artifact] },
    signal,
  });
  const { id } = await api.call('releases.create', {
    body: { name: RELEASE_NAME, version, components: [component.id], deviceTypes: [deviceType] },
    signal,
  });
  await api.call('releases.publish', { params: { id }, signal });
  return id;
}

export const RELEASE_NAME = 'gateway';

function updraft(args: readonly string[], signal: AbortSignal): Promise<string> {
  return run([LAUNCHER, ...args], cleanEnvironment(), { signal });
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
