import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { temporaryFolder } from '@updraft/fleet';
import path from 'node:path';
import { pollRequest } from './load/changes.ts';
import { say, sayFigures, SPREAD_TITLE, spreadOf, spreadText, type Spread } from './load/figures.ts';
import { ddiRequest } from './load/lane.ts';
import { FOLDER_PREFIX, setScene, type Scene } from './load/scene.ts';
import { apiOf, portOf, publishSmallRelease, seedDevices, type SeededDevice } from './load/seed.ts';
import { startBareServer } from './load/start-bare-server.ts';

export const summary =
  'durable feedback posts a second, over one connection and over 64, beside a bare node:http and fdatasync';

const DEVICES = 2000;
const MANY_CONNECTIONS = 64;
const ROUNDS = 5;
const ROUND_SECONDS = 2;
const SYNC_BYTES = 4096;
const SYNC_SECONDS = 0.5;
const KINDS = ['sync', 'bare', 'one', 'many'] as const;
type Kind = (typeof KINDS)[number];

const MEANING: Readonly<Record<Kind, string>> = {
  sync: '4 KiB appended and fdatasync',
  bare: `bare node:http, ${MANY_CONNECTIONS} connections`,
  one: 'feedback, 1 connection',
  many: `feedback, ${MANY_CONNECTIONS} connections`,
};

/** Devices with an open attempt report that they proceed; each answer means that the report is on disk. */
export async function run(): Promise<void> {
  await using scene = await setScene();
  await using folder = await temporaryFolder(FOLDER_PREFIX);
  const { devices } = await seedDevices(scene.server, DEVICES);
  const requests = await offeredReports(scene, devices);
  await using bare = await startBareServer(portOf(scene.server), pollRequest(devices[0] as SeededDevice));
  const speeds: Record<Kind, number[]> = { sync: [], bare: [], one: [], many: [] };
  const statuses = new Map<string, number>();
  const post = async (port: number, connections: number): Promise<number> => {
    const result = await scene.generator.perform({
      kind: 'for-seconds',
      port,
      connections,
      requests,
      seconds: ROUND_SECONDS,
    });
    for (const [status, count] of Object.entries(result.statuses))
      statuses.set(status, (statuses.get(status) ?? 0) + count);
    return result.answers / result.seconds;
  };
  const port = portOf(scene.server);
  await post(port, MANY_CONNECTIONS);
  for (let index = 0; index < ROUNDS; index++) {
    speeds.sync.push(syncsPerSecond(path.join(folder.path, 'file')));
    speeds.bare.push(await post(bare.port, MANY_CONNECTIONS));
    speeds.one.push(await post(port, 1));
    speeds.many.push(await post(port, MANY_CONNECTIONS));
  }
  show(speeds, Object.fromEntries(statuses));
}

function show(speeds: Readonly<Record<Kind, readonly number[]>>, statuses: Readonly<Record<string, number>>): void {
  const spreads = Object.fromEntries(KINDS.map((kind) => [kind, spreadOf(speeds[kind])])) as Record<Kind, Spread>;
  say(`a second                      ${SPREAD_TITLE}`);
  for (const kind of KINDS) say(`${MEANING[kind].padEnd(29)} ${spreadText(spreads[kind])}`);
  say(`answers by status: ${JSON.stringify(statuses)}`);
  const ratioToBare = spreads.many.median / spreads.bare.median;
  sayFigures({ bench: 'feedback', ...spreads, ratioToBare, statuses });
}

/** Assigns a release to all, makes each take the offer, and gives a report of each that it proceeds. */
async function offeredReports(scene: Scene, devices: readonly SeededDevice[]): Promise<readonly Buffer[]> {
  const api = apiOf(scene.server);
  const release = await publishSmallRelease(api, '1.0.0');
  const { assigned } = await api.call('assignments.create', {
    body: { release, devices: devices.map(({ name }) => name) },
  });
  const numbers = new Map(assigned.map(({ device, number }) => [device, number]));
  const polls = devices.map(pollRequest);
  const port = portOf(scene.server);
  await scene.generator.perform({ kind: 'once-each', port, connections: MANY_CONNECTIONS, requests: polls });
  const status = {
    result: { progress: { cnt: 0, of: 1 }, finished: 'none' },
    execution: 'proceeding',
    details: ['Installing.'],
  };
  return devices.map(({ name, token }) => {
    const action = numbers.get(name) ?? 0;
    const body = JSON.stringify({ id: action, time: '20261121T014406', status });
    return ddiRequest({
      method: 'POST',
      path: `/DEFAULT/controller/v1/${name}/deploymentBase/${action}/feedback`,
      token,
      body,
    });
  });
}

/** How often a second this disk makes an appended page durable, one after the other. */
function syncsPerSecond(file: string): number {
  const descriptor = openSync(file, 'a');
  const page = Buffer.alloc(SYNC_BYTES, 1);
  const startedAt = performance.now();
  let syncs = 0;
  for (; performance.now() - startedAt < SYNC_SECONDS * 1000; syncs++) {
    writeSync(descriptor, page);
    fdatasyncSync(descriptor);
  }
  closeSync(descriptor);
  return syncs / SYNC_SECONDS;
}
