import type { Deployment, OfferedArtifact, OfferedChunk } from './ddi-answers.ts';
import { behaviourOf, chanceOf, pause, showActivity, type Device } from './device.ts';
import { download, type CancelWatch } from './download.ts';
import { poll, type Poll } from './polling.ts';
import { acknowledgeCancel, report } from './reports.ts';

/** How an offer was taken. `installed` names the version that waits in the other slot for a reboot. */
export type Installation =
  | { readonly outcome: 'installed'; readonly version: string }
  | { readonly outcome: 'skipped' | 'not-started' | 'failed' | 'canceled' | 'fell-silent' | 'stopped' };

type Cancel = Extract<Poll, { found: 'cancel' }>;
type ChunkOutcome =
  | { readonly outcome: 'installed' | 'canceled' | 'fell-silent' | 'stopped' }
  | { readonly outcome: 'broken'; readonly details: readonly string[] };

/** Simulated devices install for their behaviour's time, give or take this part of it. */
const INSTALL_SPREAD = 0.5;
const EARLY_SUCCESS = ['Software bundle installed successfully.'];
const WRITE_FAILED = [
  'ERROR : write to /dev/mmcblk0p3 failed: No space left on device',
  'ERROR : Error streaming image',
];

/**
 * Takes an offer in SWUpdate's order: say that it starts, fetch and install all artifacts of all chunks, say so for each
 * chunk and for all. Whether the new version boots is told by the process that the reboot starts. `sleepSeconds` is the
 * interval in which it asks for a cancellation while bytes arrive.
 */
export async function install(device: Device, deployment: Deployment, sleepSeconds: number): Promise<Installation> {
  const { action, update, chunks } = deployment;
  if (update !== 'forced' && update !== 'attempt') {
    await report(device, action, closed('success', 0, 0, ['Skipped Update.']));
    return { outcome: 'skipped' };
  }
  if (!behaviourOf(device).fetches) {
    await report(device, action, closed('success', 0, 0, EARLY_SUCCESS));
    return { outcome: 'installed', version: versionOf(device, deployment) };
  }
  const of = chunks.length;
  const starts = ['Installing Update Chunk Artifacts.'];
  if (!(await report(device, action, proceeding(0, of, starts)))) return { outcome: 'not-started' };
  const watch = watchForCancel(device, sleepSeconds);
  for (const [index, chunk] of chunks.entries()) {
    const end = await installChunk(device, chunk, watch.look);
    if (end.outcome === 'broken') return fail(device, action, closed('failure', index, of, end.details));
    if (end.outcome === 'canceled') return giveWay(device, watch.cancel, action);
    if (end.outcome !== 'installed') return { outcome: end.outcome };
    await report(device, action, proceeding(1, 0, [`Installed ${chunk.artifacts.length} artifact(s).`]));
    await report(device, action, proceeding(1, 1, ['Installed Chunk.']));
  }
  await report(device, action, proceeding(1, 1, ['All Chunks Installed.']));
  if (behaviourOf(device).success === 'before-reboot')
    await report(device, action, closed('success', 0, 0, EARLY_SUCCESS));
  return { outcome: 'installed', version: versionOf(device, deployment) };
}

function versionOf({ setup }: Device, { chunks }: Deployment): string {
  return chunks[0]?.version ?? setup.version;
}

async function installChunk(device: Device, chunk: OfferedChunk, canceled: CancelWatch): Promise<ChunkOutcome> {
  const bundles = chunk.artifacts.filter(({ filename }) => filename.endsWith('.swu'));
  if (bundles.length === 0) return { outcome: 'broken', details: ['No suitable .swu image found'] };
  for (const bundle of bundles) {
    const end = await installBundle(device, bundle, canceled);
    if (end.outcome !== 'installed') return end;
  }
  return { outcome: 'installed' };
}

async function installBundle(device: Device, bundle: OfferedArtifact, canceled: CancelWatch): Promise<ChunkOutcome> {
  showActivity(device, 'downloading');
  const fetched = await download(device, bundle, canceled);
  if (fetched.outcome !== 'whole') return fetched;
  showActivity(device, 'installing');
  const { installSeconds, ending } = behaviourOf(device);
  const spread = 1 + INSTALL_SPREAD * (chanceOf(device, 'install') - 0.5);
  if (!(await pause(device, installSeconds * spread))) return { outcome: 'stopped' };
  return ending === 'install-fails' ? { outcome: 'broken', details: WRITE_FAILED } : { outcome: 'installed' };
}

/** A second conversation beside the download: one poll in each interval, and only while data arrives. */
function watchForCancel(device: Device, sleepSeconds: number): { cancel: Cancel | null; readonly look: CancelWatch } {
  const { timeline } = device.world;
  let nextAt = timeline.now() + sleepSeconds * 1000;
  const watch = {
    cancel: null as Cancel | null,
    look: async (): Promise<boolean> => {
      if (timeline.now() < nextAt) return false;
      const polled = await poll(device);
      nextAt = timeline.now() + sleepSeconds * 1000;
      if (polled?.poll.found === 'cancel') watch.cancel = polled.poll;
      return watch.cancel !== null;
    },
  };
  return watch;
}

async function giveWay(device: Device, cancel: Cancel | null, action: number): Promise<Installation> {
  await report(device, action, proceeding(0, 0, ['Update cancelled by server.']));
  if (cancel !== null) await acknowledgeCancel(device, cancel.url, cancel.stopId);
  return { outcome: 'canceled' };
}

async function fail(device: Device, action: number, failure: ReturnType<typeof closed>): Promise<Installation> {
  await report(device, action, failure);
  return { outcome: 'failed' };
}

function proceeding(cnt: number, of: number, details: readonly string[]) {
  return { execution: 'proceeding', finished: 'none', cnt, of, details } as const;
}

function closed(finished: 'success' | 'failure', cnt: number, of: number, details: readonly string[]) {
  return { execution: 'closed', finished, cnt, of, details } as const;
}
