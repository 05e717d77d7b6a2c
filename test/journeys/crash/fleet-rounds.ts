import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestContext } from 'node:test';
import {
  compareBeliefs,
  devicesOf,
  joinFleet,
  parseScenario,
  realClock,
  startFleet,
  type BelievingDevice,
  type Fleet,
} from '@updraft/fleet';
import type { ApiClient } from '@updraft/protocols';
import { chance } from '../../../packages/fleet/src/chance.ts';
import { databaseSettings, type Database } from '../databases.ts';
import { JourneyServer } from '../journey-server.ts';
import { publish, upload } from '../software.ts';

export type FleetCrash = {
  readonly database: Database;
  readonly devices: number;
  readonly kills: number;
  /** Between two kills pass at least so many ms, and at most three times as many. */
  readonly spacingMs: number;
  /** Real time between two polls of a device, within which a busy machine answers them all. */
  readonly pollSeconds: number;
  /** Real time after which a device that was begun and says nothing is given up. */
  readonly silenceSeconds: number;
  /** After the last kill everything must have ended in this time. */
  readonly settledWithinMs: number;
};

const SEEDS = 2 ** 31;
const IMAGE_BYTES = 64 * 1024;
const LOOK_AGAIN_MS = 250;
/** Real seconds. */
const TIME_LIMITS = { awaitingEvidenceSeconds: 4, downloadingSeconds: 120, installingSeconds: 120 };
/** A simulated minute is 3 s: a device installs and boots in less than one. */
const SPEED = 20;
/** Simulated seconds: five of them outlast the restart of a server on a busy machine. */
const DOWNLOAD_RETRY_SECONDS = 40;

const scenarioOf = (seed: number, { devices, pollSeconds }: FleetCrash): string => `
seed: ${seed}
devices: ${devices}
speed: ${SPEED}
types: [{ name: board-a, share: 0.7, version: '1' }, { name: board-b, share: 0.3, version: '1', versionAttribute: null }]
links: [{ bytesPerSecond: null, share: 0.5 }, { bytesPerSecond: 16000, share: 0.5 }]
polls: [{ seconds: ${pollSeconds * SPEED}, share: 1 }]
failures:
  - { kind: liar, share: 0.03 }
  - { kind: silent, share: 0.02 }
  - { kind: boot-loop, share: 0.03 }
  - { kind: install-fails, share: 0.03, times: 1 }
  - { kind: slow, share: 0.03, factor: 4 }
  - { kind: flaky-link, share: 0.1, cuts: 2 }
  - { kind: clock-wrong, share: 0.05, aheadSeconds: -100000000 }
installSeconds: [5, 20]
rebootSeconds: [5, 20]
`;

/**
 * Kills a server with -9 while rollouts bring releases to simulated devices, starts it again, and goes on; in the end
 * every device and the server must believe the same. A failure tells the seed; CRASH_SEED takes it.
 */
export async function fleetCrashRounds(t: TestContext, crash: FleetCrash): Promise<void> {
  const seed = Number(process.env['CRASH_SEED'] ?? randomInt(SEEDS));
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'fleet-crash-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const environment = await databaseSettings(t, crash.database, stack);
  if (environment === undefined) return;
  const server = stack.use(await JourneyServer.start({ folder, environment }));
  t.after(() => {
    if (!t.passed) t.diagnostic(`CRASH_SEED=${seed}\nthe server said:\n${server.output}`);
  });
  const image = path.join(folder, 'gateway.swu');
  await writeFile(image, randomBytes(IMAGE_BYTES));
  const artifact = (await upload(server.api, image)).id;
  const { fleet, devices } = await bringFleet(server.api, seed, crash);
  stack.use(fleet);
  const rollouts = await killAgainAndAgain({ server, artifact, seed }, crash);
  await untilNothingIsOpen(server.api, crash.settledWithinMs);
  await fleet[Symbol.asyncDispose]();
  assert.deepEqual(await compareBeliefs(devices, server.api), []);
  tellFigures(t, fleet, { rollouts, kills: crash.kills });
}

async function bringFleet(
  api: ApiClient,
  seed: number,
  crash: FleetCrash,
): Promise<{ readonly fleet: Fleet; readonly devices: ReadonlyMap<string, BelievingDevice> }> {
  const scenario = parseScenario(scenarioOf(seed, crash), 'crash');
  const joining = { api, signal: new AbortController().signal, onJoined: () => undefined };
  const setups = await joinFleet(scenario, devicesOf(scenario), joining);
  const fleet = startFleet({
    serverUrl: api.baseUrl,
    devices: setups,
    seed,
    clock: realClock(SPEED),
    settings: { downloadRetrySeconds: DOWNLOAD_RETRY_SECONDS },
  });
  const beliefs = fleet.beliefs();
  const devices = setups.flatMap(({ name, versionAttribute }) => {
    const belief = beliefs.get(name);
    return belief === undefined ? [] : [[name, { belief, versionAttribute }] as const];
  });
  return { fleet, devices: new Map(devices) };
}

type Scene = { readonly server: JourneyServer; readonly artifact: string; readonly seed: number };

/** Tells how many rollouts were under way; a new one starts whenever the one before has nothing open any more. */
async function killAgainAndAgain(scene: Scene, crash: FleetCrash): Promise<number> {
  const { server, seed } = scene;
  const { kills, spacingMs } = crash;
  let rollouts = 0;
  for (let kill = 1; kill <= kills; kill += 1) {
    if ((await countOpen(server.api)) === 0) await startRollout(scene, crash, (rollouts += 1));
    await sleep(spacingMs * (1 + 2 * chance(seed, `${kill}`, 'moment')));
    await server.kill9();
    await server.restart();
  }
  return rollouts;
}

async function startRollout(
  { server: { api }, artifact }: Scene,
  { silenceSeconds }: FleetCrash,
  number: number,
): Promise<void> {
  const release = await publish(api, { version: `${number + 1}`, artifact });
  const policy = { timeLimits: { ...TIME_LIMITS, silenceSeconds } };
  await api.call('rollouts.create', { body: { name: `rollout ${number}`, release, policy, start: true } });
}

async function countOpen(api: ApiClient): Promise<number> {
  return (await api.call('assignments.list', { query: { limit: 1, filter: 'open==true' } })).total;
}

/** On PostgreSQL the job lease of the last server that was killed must run out before its successor ends what is due. */
async function untilNothingIsOpen(api: ApiClient, withinMs: number): Promise<void> {
  const until = Date.now() + withinMs;
  for (let open = await countOpen(api); open > 0; open = await countOpen(api)) {
    assert.ok(Date.now() < until, `${open} assignments are open ${withinMs / 1000} s after the last kill`);
    await sleep(LOOK_AGAIN_MS);
  }
}

/** A run in which no kill hit anything has shown nothing. */
function tellFigures(t: TestContext, fleet: Fleet, { rollouts, kills }: { rollouts: number; kills: number }): void {
  const { statuses, endings } = fleet.summary();
  const updates = Object.values(endings).reduce((sum, count) => sum + count, 0);
  const unanswered = statuses['unanswered'] ?? 0;
  t.diagnostic(`${kills} kills, ${rollouts} rollouts, ${updates} updates, ${unanswered} requests that nobody answered`);
  for (const count of [rollouts, updates, unanswered, endings['booted-new'] ?? 0]) assert.notEqual(count, 0);
}
