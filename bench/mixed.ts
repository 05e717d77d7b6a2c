import { apiOf, portOf, publishRelease, seedDevices, type SeededDevice } from './load/seed.ts';
import { pollRequest } from './load/changes.ts';
import { say, sayFigures } from './load/figures.ts';
import type { JobResult } from './load/jobs.ts';
import { bodyOf, ddiRequest, Lane } from './load/lane.ts';
import { watchMemory } from './load/process-figures.ts';
import { setScene, type Scene } from './load/scene.ts';
import type { Transfer, TransferResult } from './load/transfers.ts';
import { startWorkerProcess } from './load/worker-process.ts';

export const summary = 'a 1 GiB upload and a 1 GiB download at 50 MB/s each, 1 000 polls a second beside them, memory';

const GIB = 2 ** 30;
const TRANSFER_BYTES_PER_SECOND = 50_000_000;
const SETUP_BYTES_PER_SECOND = 1_000_000_000;
const DEVICES = 1000;
const POLLS_PER_SECOND = 1000;
const CONNECTIONS = 100;
const IDLE_SECONDS = 8;
/** A little less than 1 GiB at 50 MB/s takes, so that every poll has both transfers beside it. */
const LOADED_SECONDS = 20;

/** Polls in an open loop, first alone and then beside both transfers: what do they wait, what memory does the server take? */
export async function run(): Promise<void> {
  await using scene = await setScene();
  const { server } = scene;
  const { devices } = await seedDevices(server, DEVICES);
  await using transfers = startWorkerProcess<readonly Transfer[], readonly TransferResult[]>('transfers.ts');
  const upload = {
    kind: 'upload',
    url: `${server.url}/api/v1/artifacts?filename=upload.bin`,
    authorization: server.authorization,
    bytes: GIB,
  } as const;
  const setup = { ...upload, url: upload.url.replace('upload', 'image'), bytesPerSecond: SETUP_BYTES_PER_SECOND };
  const [image] = await transfers.perform([setup]);
  const device = devices[0] as SeededDevice;
  const url = await downloadUrl(scene, device, image as TransferResult);
  await openLoop(scene, devices, 2);
  const idle = await openLoop(scene, devices, IDLE_SECONDS);
  const memory = watchMemory(server.pid);
  const token = `TargetToken ${device.token}`;
  const [loaded, results] = await Promise.all([
    openLoop(scene, devices, LOADED_SECONDS),
    transfers.perform([
      { ...upload, bytesPerSecond: TRANSFER_BYTES_PER_SECOND },
      { kind: 'download', url, authorization: token, bytesPerSecond: TRANSFER_BYTES_PER_SECOND },
    ]),
  ]);
  show({ idle, loaded, results, peakMib: memory.stop() });
}

type Shown = {
  readonly idle: JobResult;
  readonly loaded: JobResult;
  readonly results: readonly TransferResult[];
  readonly peakMib: number;
};

function show({ idle, loaded, results, peakMib }: Shown): void {
  for (const { kind, status, bytes, seconds } of results)
    say(`${kind}: ${status}, ${bytes} bytes, ${(bytes / seconds / 1e6).toFixed(1)} MB/s`);
  say(`server's memory at its peak: ${peakMib.toFixed(0)} MiB (goal ≤ 200)`);
  say(
    `\n${POLLS_PER_SECOND} polls/s, open loop, ${CONNECTIONS} connections     p50      p99      max ms   sent late by p99`,
  );
  for (const [name, { latency, lateness }] of [
    ['idle', idle],
    ['beside transfers', loaded],
  ] as const) {
    const { p50Ms, p99Ms, maxMs } = latency;
    const cells = [p50Ms, p99Ms, maxMs].map((ms) => ms.toFixed(2).padStart(9)).join('');
    say(`${name.padEnd(42)}${cells}   ${lateness.p99Ms.toFixed(2).padStart(9)}`);
  }
  const goalMs = Math.max(3 * idle.latency.p99Ms, 20);
  say(`goal for p99: ≤ max(3 × idle, 20 ms) = ${goalMs.toFixed(1)} ms`);
  const polls = ({ latency, lateness, statuses }: JobResult) => ({ ...latency, lateP99Ms: lateness.p99Ms, statuses });
  const transfers = results.map(({ kind, status, bytes, seconds }) => ({
    kind,
    status,
    mbPerSecond: bytes / seconds / 1e6,
  }));
  sayFigures({ bench: 'mixed', peakMib, idle: polls(idle), loaded: polls(loaded), goalMs, transfers });
}

function openLoop({ server, generator }: Scene, devices: readonly SeededDevice[], seconds: number): Promise<JobResult> {
  const requests = devices.map(pollRequest);
  const pace = { perSecond: POLLS_PER_SECOND, seconds, connections: CONNECTIONS };
  return generator.perform({ kind: 'open-loop', port: portOf(server), requests, ...pace });
}

/** Assigns a release of the image to a device and gives the address that the device is offered. */
async function downloadUrl({ server }: Scene, device: SeededDevice, image: TransferResult): Promise<string> {
  const api = apiOf(server);
  const { id } = JSON.parse(image.answer) as { id: string };
  const release = await publishRelease(api, '1.0.0', id);
  await api.call('assignments.create', { body: { release, devices: [device.name] } });
  using lane = await Lane.open(portOf(server));
  const base = bodyOf(await lane.ask(pollRequest(device)));
  const deployment = linkIn(base, 'deploymentBase');
  const { pathname, search } = new URL(deployment);
  const offer = await lane.ask(ddiRequest({ method: 'GET', path: pathname + search, token: device.token }));
  const { pathname: path } = new URL(linkIn(bodyOf(offer), 'download-http'));
  return server.url + path;
}

function linkIn(text: string, name: string): string {
  const href = new RegExp(`"${name}":\\{"href":"([^"]+)"`).exec(text)?.[1];
  if (href === undefined) throw new Error(`no link ${name} in ${text}`);
  return href;
}
