import { setTimeout as wait } from 'node:timers/promises';
import type { ApiClient } from '@updraft/protocols';
import { spreadOf } from './load/figures.ts';
import { watchMemory } from './load/process-figures.ts';
import type { Scene } from './load/scene.ts';
import { apiOf } from './load/seed.ts';
import { type OpenLoop, pollOpenLoop } from './rollout-polls.ts';

const PHASES = 10;
/** Started by hand, one after the other, behind the first. */
const STARTED_PHASES = [2, 3, 4, 5, 6];
const LOOK_EVERY_MS = 100;
const PAUSES = 5;
const MAX_LOADED_SECONDS = 60;

export type Creation = {
  readonly seconds: number;
  /** Of the server's process while it was made, MiB. */
  readonly peakMib: number;
  /** Different counts that the API told meanwhile. */
  readonly progressSeen: number;
};

/** Makes a rollout over the whole fleet in ten phases, and waits until it is made. */
export async function createRollout(scene: Scene, release: string, name: string) {
  const api = apiOf(scene.server);
  const memory = watchMemory(scene.server.pid);
  const startedAt = performance.now();
  const size = { by: 'percent', percent: 100 / PHASES } as const;
  const phases = Array.from({ length: PHASES }, () => ({ size, next: 'hand' as const }));
  const { id } = await api.call('rollouts.create', { body: { name, release, phases } });
  const seen = new Set<number>();
  for (;;) {
    const { state, creation } = await api.call('rollouts.show', { params: { id } });
    if (state !== 'creating') break;
    if (creation !== null) seen.add(creation.planned);
    await wait(LOOK_EVERY_MS);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  return { id, creation: { seconds, peakMib: memory.stop(), progressSeen: seen.size } };
}

export type LoadedCreation = { readonly polls: OpenLoop; readonly creations: readonly Creation[] };

/** Polls in an open loop while rollouts are made, one after the other, so that none of the loop's time is idle. */
export async function createUnderLoad(
  scene: Scene,
  { release, devices, seconds }: { readonly release: string; readonly devices: number; readonly seconds: number },
): Promise<LoadedCreation> {
  const lasts = Math.min(Math.ceil(seconds), MAX_LOADED_SECONDS);
  const creations: Creation[] = [];
  const loop = { isOver: false };
  const polling = pollOpenLoop(scene, { devices, seconds: lasts, turn: 2 }).finally(() => (loop.isOver = true));
  while (!loop.isOver) {
    const { id, creation } = await createRollout(scene, release, `loaded-${creations.length}`);
    creations.push(creation);
    await apiOf(scene.server).call('rollouts.stop', { params: { id } });
    if (devices > MAX_STOPPED_UNDER_LOAD) break;
    await untilStopped(apiOf(scene.server), id);
    await wait(REST_MS);
  }
  return { polls: await polling, creations };
}

/** Between two creations of a small fleet: each changes the answers to all of its devices. */
const REST_MS = 2000;
/** In larger fleets the loop ends with the first creation: the leftovers of a rollout take as long as it did. */
const MAX_STOPPED_UNDER_LOAD = 200_000;

export type Acts = {
  readonly startMs: number;
  readonly startPhaseMs: number;
  readonly pauseMs: number;
  readonly resumeMs: number;
  readonly stopMs: number;
  readonly leftoversSeconds: number;
};

/** What a person does to a rollout of the whole fleet: medians of what the API took. */
export async function actOn(api: ApiClient, id: string): Promise<Acts> {
  const startMs = await timed(() => api.call('rollouts.start', { params: { id } }));
  const phases: number[] = [];
  for (const number of STARTED_PHASES)
    phases.push(await timed(() => api.call('rollouts.start-phase', { params: { id, number } })));
  const pauses: number[] = [];
  const resumes: number[] = [];
  for (let round = 0; round < PAUSES; round += 1) {
    pauses.push(await timed(() => api.call('rollouts.pause', { params: { id } })));
    resumes.push(await timed(() => api.call('rollouts.resume', { params: { id } })));
  }
  const stopMs = await timed(() => api.call('rollouts.stop', { params: { id } }));
  const leftoversSeconds = (await timed(() => untilStopped(api, id))) / 1000;
  const [pauseMs, resumeMs] = [spreadOf(pauses).median, spreadOf(resumes).median];
  const startPhaseMs = spreadOf(phases).median;
  return { startMs, startPhaseMs, pauseMs, resumeMs, stopMs, leftoversSeconds };
}

async function untilStopped(api: ApiClient, id: string): Promise<void> {
  while ((await api.call('rollouts.show', { params: { id } })).state !== 'stopped') await wait(LOOK_EVERY_MS);
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await act();
  return performance.now() - startedAt;
}

const QUERIES = ['', 'name==gw-0000*', 'type==board-a', 'attribute.hw==rev-a', 'state==scheduled', 'group==/plant0/*'];
const QUERY_ROUNDS = 3;

/** The first page of 50 through the API, median ms by query. */
export async function measureFilters(api: ApiClient): Promise<Readonly<Record<string, number>>> {
  const medians: Record<string, number> = {};
  for (const filter of QUERIES) {
    const times: number[] = [];
    for (let round = 0; round < QUERY_ROUNDS; round += 1)
      times.push(await timed(() => api.call('devices.list', { query: { filter, limit: 50 } })));
    medians[filter] = spreadOf(times).median;
  }
  return medians;
}
