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
import { ProgressLines } from '../../../packages/fleet/src/simulate/progress-lines.ts';
import { databaseSettings, type Database } from '../databases.ts';
import { JourneyServer } from '../journey-server.ts';
import { progress } from '../progress.ts';
import { publish, upload } from '../software.ts';

export type FleetCrash = {
  readonly database: Database;
  readonly devices: number;
  readonly kills: number;
  /** Between two kills the devices get at least so many answers, and at most three times as many, however busy the machine is. */
  readonly answersBetween: number;
  /** Real time between two polls of a device, within which a busy machine answers them all. */
  readonly pollSeconds: number;
  /** Real time after which a device that says nothing is given up. */
  readonly silenceSeconds: number;
  /** After the last kill everything must have ended in this time. */
  readonly settledWithinMs: number;
};

const SEEDS = 2 ** 31;
const IMAGE_BYTES = 64 * 1024;
const LOOK_AGAIN_MS = 250;
const COUNT_AGAIN_MS = 20;
const TELL_EVERY_MS = 10_000;
/** Real seconds. */
const TIME_LIMITS = { downloadingSeconds: 120, installingSeconds: 120, cancelingSeconds: 10 };
/** A simulated minute is 1.5 s: a device installs and boots in less than one. */
const SPEED = 40;
/** Simulated seconds: five of them outlast the restart of a server on a busy machine. */
const DOWNLOAD_RETRY_SECONDS = 80;
/** Of the devices: fewer that are open, such as those that will never be heard again, do not keep the next rollout waiting. */
const OPEN_SHARE = 0.1;

const scenarioOf = (seed: number, { devices, pollSeconds }: FleetCrash): string => `
seed: ${seed}
devices: ${devices}
speed: ${SPEED}
types: [{ name: board-a, share: 0.7, version: '1' }, { name: board-b, share: 0.3, version: '1', versionAttribute: null }]
links: [{ bytesPerSecond: null, share: 0.5 }, { bytesPerSecond: 8000, share: 0.5 }]
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
  // Nobody waits for a device that is set aside because it failed in several rollouts.
  await server.api.call('settings.change', { body: { penaltyFailures: 0 } });
  const image = path.join(folder, 'gateway.swu');
  await writeFile(image, randomBytes(IMAGE_BYTES));
  const artifact = (await upload(server.api, image)).id;
  const { fleet, devices } = await bringFleet(server.api, seed, crash);
  stack.use(fleet);
  const course: Course = { server, artifact, seed, kills: 0, rollouts: [], open: 0, slowestStartMs: 0 };
  stack.defer(tellProgress(fleet, course));
  await killAgainAndAgain(course, fleet, crash);
  await untilNothingIsOpen(course, crash.settledWithinMs);
  await fleet[Symbol.asyncDispose]();
  assert.deepEqual(await compareBeliefs(devices, server.api), []);
  tellFigures(t, fleet, course);
}

async function bringFleet(
  api: ApiClient,
  seed: number,
  crash: FleetCrash,
): Promise<{ readonly fleet: Fleet; readonly devices: ReadonlyMap<string, BelievingDevice> }> {
  const scenario = parseScenario(scenarioOf(seed, crash), 'crash');
  const tell = progress();
  const onJoined = (joined: number): void => tell(`${joined} of ${crash.devices} devices have joined`);
  const joining = { api, signal: new AbortController().signal, onJoined };
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

/** What has happened so far. */
type Course = {
  readonly server: JourneyServer;
  readonly artifact: string;
  readonly seed: number;
  kills: number;
  readonly rollouts: string[];
  /** Assignments, when it was looked at last. */
  open: number;
  /** From the start of the process until it was ready. */
  slowestStartMs: number;
};

/** A line now and then for whoever waits; gives what ends it. */
function tellProgress(fleet: Fleet, course: Course): () => void {
  const lines = new ProgressLines((line) => {
    const { kills, rollouts, open, slowestStartMs } = course;
    const said = `kill ${kills}, rollout ${rollouts.length}, ${open} open, slowest start ${slowestStartMs.toFixed(0)} ms`;
    process.stderr.write(`${line}  ${said}\n`);
  });
  const timer = setInterval(() => lines.fleet(fleet.summary(), fleet.activities()), TELL_EVERY_MS);
  return () => clearInterval(timer);
}

/** A new rollout starts whenever most devices are through with the one before, and supersedes what is left of it. */
async function killAgainAndAgain(course: Course, fleet: Fleet, crash: FleetCrash): Promise<void> {
  const { server, seed } = course;
  while (course.kills < crash.kills) {
    if (await isMostlyThrough(course, crash)) course.rollouts.push(await startRollout(course, crash));
    const moment = 1 + 2 * chance(seed, `${course.kills + 1}`, 'moment');
    const until = answersTo(fleet) + crash.answersBetween * moment;
    while (answersTo(fleet) < until) await sleep(COUNT_AGAIN_MS);
    await server.kill9();
    course.kills += 1;
    const before = performance.now();
    await server.restart();
    course.slowestStartMs = Math.max(course.slowestStartMs, performance.now() - before);
  }
}

function answersTo(fleet: Fleet): number {
  return Object.entries(fleet.summary().statuses).reduce(
    (sum, [status, n]) => (status === 'unanswered' ? sum : sum + n),
    0,
  );
}

async function isMostlyThrough(course: Course, { devices }: FleetCrash): Promise<boolean> {
  const { api } = course.server;
  const last = course.rollouts.at(-1);
  if (last === undefined) return true;
  course.open = await countOpen(api, `open==true;rollout==${last}`);
  const { state } = await api.call('rollouts.show', { params: { id: last } });
  return state !== 'creating' && course.open <= devices * OPEN_SHARE;
}

async function startRollout(
  { server: { api }, artifact, rollouts }: Course,
  { pollSeconds, silenceSeconds }: FleetCrash,
): Promise<string> {
  const number = rollouts.length + 1;
  const release = await publish(api, { version: `${number + 1}`, artifact });
  // Evidence may take a whole poll more where a kill has cut it off.
  const timeLimits = { ...TIME_LIMITS, silenceSeconds, awaitingEvidenceSeconds: pollSeconds + 1 };
  const body = { name: `rollout ${number}`, release, policy: { timeLimits }, start: true };
  return (await api.call('rollouts.create', { body })).id;
}

async function countOpen(api: ApiClient, filter = 'open==true'): Promise<number> {
  return (await api.call('assignments.list', { query: { limit: 1, filter } })).total;
}

/** On PostgreSQL the job lease of the last server that was killed must run out before its successor ends what is due. */
async function untilNothingIsOpen(course: Course, withinMs: number): Promise<void> {
  const until = Date.now() + withinMs;
  for (;;) {
    course.open = await countOpen(course.server.api);
    if (course.open === 0) return;
    assert.ok(Date.now() < until, `${course.open} assignments are open ${withinMs / 1000} s after the last kill`);
    await sleep(LOOK_AGAIN_MS);
  }
}

/** A run in which no kill hit anything has shown nothing. */
function tellFigures(t: TestContext, fleet: Fleet, { kills, rollouts, slowestStartMs }: Course): void {
  const { statuses, endings } = fleet.summary();
  const updates = Object.values(endings).reduce((sum, count) => sum + count, 0);
  const unanswered = statuses['unanswered'] ?? 0;
  const told = `${kills} kills, ${rollouts.length} rollouts, ${updates} updates, ${unanswered} requests that nobody answered`;
  t.diagnostic(`${told}, slowest start ${slowestStartMs.toFixed(0)} ms, ${JSON.stringify(endings)}`);
  for (const count of [rollouts.length, updates, unanswered, endings['booted-new'] ?? 0]) assert.notEqual(count, 0);
}
