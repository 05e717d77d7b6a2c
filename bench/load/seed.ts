import { apiClient, type ApiClient } from '@updraft/protocols';
import type { ServerProcess } from '@updraft/fleet';
import { bodyOf, Lane } from './lane.ts';

export type SeededDevice = { readonly name: string; readonly token: string };

const SEED_CONNECTIONS = 64;
const CREATED = 201;

export function apiOf(server: ServerProcess): ApiClient {
  return apiClient({ baseUrl: server.url, authorization: server.authorization });
}

export function portOf(server: ServerProcess): number {
  return Number(new URL(server.url).port);
}

/** Adds devices through the API, as anybody would, over 64 connections; gives them and how long it took. */
export async function seedDevices(
  server: ServerProcess,
  count: number,
): Promise<{ readonly devices: readonly SeededDevice[]; readonly seconds: number }> {
  const startedAt = performance.now();
  const devices = Array.from({ length: count }, (_, index) => {
    const name = `gw-${String(index).padStart(5, '0')}`;
    return { name, token: `token-of-${name}` };
  });
  await forEach(devices, SEED_CONNECTIONS, portOf(server), async (device, lane) => {
    const answer = await lane.ask(jsonRequest(server, '/api/v1/devices', device));
    if (answer.status !== CREATED) throw new Error(`${device.name} was not created: ${bodyOf(answer)}`);
  });
  return { devices, seconds: (performance.now() - startedAt) / 1000 };
}

/** Does `work` for all items, `connections` at a time, each with a connection to itself. */
export async function forEach<T>(
  items: readonly T[],
  connections: number,
  port: number,
  work: (item: T, lane: Lane) => Promise<void>,
): Promise<void> {
  let next = 0;
  const runner = async (): Promise<void> => {
    using lane = await Lane.open(port);
    for (let index = next++; index < items.length; index = next++) await work(items[index] as T, lane);
  };
  await Promise.all(Array.from({ length: connections }, runner));
}

/** Publishes a release of one small file, no bundle; gives its id. */
export async function publishSmallRelease(api: ApiClient, version: string): Promise<string> {
  const body = Buffer.from(`the content of ${version}`);
  return publishRelease(api, version, await uploadFile(api, `image-${version}.bin`, body));
}

/** Publishes a release of one artifact for any device type; gives its id. */
export async function publishRelease(api: ApiClient, version: string, artifact: string): Promise<string> {
  const component = await api.call('components.create', { body: { name: 'os', version, artifacts: [artifact] } });
  const { id } = await api.call('releases.create', { body: { name: 'bench', version, components: [component.id] } });
  await api.call('releases.publish', { params: { id } });
  return id;
}

async function uploadFile(api: ApiClient, filename: string, body: Buffer): Promise<string> {
  const headers = { 'content-type': 'application/octet-stream' };
  const path = `/artifacts?${new URLSearchParams({ filename }).toString()}`;
  const response = await api.open(path, { method: 'POST', headers, body });
  return ((await response.json()) as { id: string }).id;
}

function jsonRequest(server: ServerProcess, path: string, value: unknown): Buffer {
  const body = JSON.stringify(value);
  const lines = [
    `POST ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    `Authorization: ${server.authorization}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
