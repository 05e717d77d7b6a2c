import type { ServerProcess } from '@updraft/fleet';
import { pollRequest } from './load/changes.ts';
import { ddiRequest, type LaneAnswer } from './load/lane.ts';
import type { Scene } from './load/scene.ts';
import { apiOf, forEach, portOf, publishSmallRelease, seedDevices, type SeededDevice } from './load/seed.ts';

const CONNECTIONS = 64;
const DEVICES_PER_ASSIGNMENT = 1000;
/** Devices whose ETags are asked for before each round of polls that name them. */
const NAMED_ETAGS = 500;

/** Half of a fleet has nothing to do; each of the other half has taken an offer, fetched its description and begun. */
export type PolledFleet = {
  readonly devices: readonly SeededDevice[];
  readonly seedSeconds: number;
  readonly idlePolls: readonly Buffer[];
  readonly assignedPolls: readonly Buffer[];
  readonly descriptions: readonly Buffer[];
  /** Each says that its device proceeds. */
  readonly reports: readonly Buffer[];
};

export async function setFleet({ server, generator }: Scene, count: number): Promise<PolledFleet> {
  const { devices, seconds: seedSeconds } = await seedDevices(server, count);
  const [idle, assigned] = [devices.slice(0, count >> 1), devices.slice(count >> 1)];
  const numbers = await assign(server, assigned);
  const wireIds = assigned.map(({ name }) => numbers.get(name) ?? 0);
  const fleet = {
    devices,
    seedSeconds,
    idlePolls: idle.map(pollRequest),
    assignedPolls: assigned.map(pollRequest),
    descriptions: assigned.map((device, at) => describeRequest(device, wireIds[at] ?? 0)),
    reports: assigned.map((device, at) => reportRequest(device, wireIds[at] ?? 0)),
  };
  const job = { kind: 'once-each', port: portOf(server), connections: CONNECTIONS } as const;
  for (const requests of [fleet.assignedPolls, fleet.descriptions, fleet.reports])
    await generator.perform({ ...job, requests });
  return fleet;
}

/** Assigns a release to all; gives their wire ids by name. */
async function assign(server: ServerProcess, devices: readonly SeededDevice[]): Promise<ReadonlyMap<string, number>> {
  const api = apiOf(server);
  const release = await publishSmallRelease(api, '0.9.0');
  const numbers = new Map<string, number>();
  for (let at = 0; at < devices.length; at += DEVICES_PER_ASSIGNMENT) {
    const names = devices.slice(at, at + DEVICES_PER_ASSIGNMENT).map(({ name }) => name);
    const { assigned } = await api.call('assignments.create', { body: { release, devices: names } });
    for (const { device, number } of assigned) numbers.set(device, number);
  }
  return numbers;
}

function describeRequest({ name, token }: SeededDevice, action: number): Buffer {
  return ddiRequest({ method: 'GET', path: `/DEFAULT/controller/v1/${name}/deploymentBase/${action}`, token });
}

function reportRequest({ name, token }: SeededDevice, action: number): Buffer {
  const result = { progress: { cnt: 0, of: 1 }, finished: 'none' };
  const status = { result, execution: 'proceeding', details: ['Installing.'] };
  const body = JSON.stringify({ id: action, time: '20261121T014406', status });
  const path = `/DEFAULT/controller/v1/${name}/deploymentBase/${action}/feedback`;
  return ddiRequest({ method: 'POST', path, token, body });
}

/** The first of these polls again, each with the ETag of its answer as it is now. */
export async function withEtags(server: ServerProcess, polls: readonly Buffer[]): Promise<readonly Buffer[]> {
  const named: Buffer[] = [];
  await forEach(polls.slice(0, NAMED_ETAGS), CONNECTIONS, portOf(server), async (poll, lane) => {
    const request = withHeader(poll, `If-None-Match: ${etagOf(await lane.ask(poll))}`);
    const { status, bytes, bodyAt } = await lane.ask(request);
    if (status !== 304 || bytes.length > bodyAt) throw new Error(`answered with ${status} or a body what was known`);
    named.push(request);
  });
  return named;
}

function withHeader(request: Buffer, line: string): Buffer {
  return Buffer.from(request.toString('latin1').replace('\r\n\r\n', `\r\n${line}\r\n\r\n`), 'latin1');
}

function etagOf({ bytes, bodyAt }: LaneAnswer): string {
  const etag = /\r\netag: *([^\r]+)/i.exec(bytes.toString('latin1', 0, bodyAt))?.[1];
  if (etag === undefined) throw new Error('a poll was answered without an ETag');
  return etag;
}
