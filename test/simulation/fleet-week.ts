import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { compareBeliefs } from '@updraft/fleet';
import { inspect, PermissionWatch, type PromisedRules } from './invariants.ts';
import { memberOf } from './members.ts';
import { play, type Played } from './play.ts';
import { serverBeliefs } from './server-beliefs.ts';
import { fillServer, type Installation } from './simulated-installation.ts';
import { openSimulatedStore, type SimulatedStore } from './simulated-store.ts';

export type Week = {
  readonly seed: number;
  readonly devices: number;
  readonly days: number;
  readonly tickMs: number;
  /** Every so many ticks everything is counted. */
  readonly inspectEvery: number;
};

export type WeekFigures = Played & {
  readonly seconds: number;
  readonly permissions: number;
  readonly inspections: number;
  /** Assignments by how they ended, or stand. */
  readonly assignments: Readonly<Record<string, number>>;
  readonly attempts: number;
  /** By name. */
  readonly rollouts: Readonly<Record<string, string>>;
};

/** A Monday at noon, UTC. No zone of the fleet changes its clocks in that week. */
const STARTS_AT = Date.UTC(2026, 10, 16, 12);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NIGHTLY = { cron: '0 0 22 * * ?', fromHour: 22, hours: 6 };
const GOOD = '2.0';
const BROKEN = '3.0-broken';
const MENDED = '3.1';
const BROKEN_SHARE = 0.5;
/** Of attempts at any release, how many fail for no reason of theirs. */
const UNLUCKY_SHARE = 0.03;

/** Plays some days of a fleet with three rollouts, with everything that must hold asserted on the way. */
export async function playWeek(week: Week): Promise<WeekFigures> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'simulated-week-'));
  try {
    using simulated = await openSimulatedStore(folder, STARTS_AT);
    return await playOn(simulated, week);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function playOn(simulated: SimulatedStore, week: Week): Promise<WeekFigures> {
  const members = Array.from({ length: week.devices }, (_, index) => memberOf(week.seed, index));
  const installation = await fillServer(simulated, members, [GOOD, BROKEN, MENDED]);
  const rules = rolloutsOf(week);
  const watch = new PermissionWatch(simulated, rules);
  let [ticks, inspections] = [0, 0];
  const startedAt = performance.now();
  const played = await play({
    simulated,
    tenant: installation.tenant,
    members,
    seed: week.seed,
    acts: actsOf(installation, rules),
    durationMs: week.days * DAY_MS,
    tickMs: week.tickMs,
    brokenShare: (version) => (version === BROKEN ? BROKEN_SHARE : UNLUCKY_SHARE),
    onPermission: (member, answer) => watch.check(member, answer),
    onTick: () => {
      ticks += 1;
      if (ticks % week.inspectEvery !== 0) return;
      inspections += 1;
      inspect(simulated);
    },
  });
  inspect(simulated);
  const devices = new Map(members.map(({ name, belief }) => [name, { belief, versionAttribute: 'version' }]));
  assert.deepEqual(await compareBeliefs(devices, serverBeliefs(simulated)), []);
  const seconds = (performance.now() - startedAt) / 1000;
  return { ...played, ...figuresOf(simulated), seconds, inspections, permissions: watch.count };
}

type RolloutRules = PromisedRules & {
  readonly version: string;
  readonly atMs: number;
  readonly body: Readonly<Record<string, unknown>>;
};

/** The rollouts of a week, by name: what they ask for, and what must hold of each of their permissions. */
function rolloutsOf({ devices }: Week): ReadonlyMap<string, RolloutRules> {
  const perMinute = Math.max(5, Math.round(devices / 200));
  const parallel = Math.max(20, Math.round(devices / 20));
  const retries = {
    limit: 2,
    on: ['failed', 'rolled-back', 'timed-out', 'silence', 'booted-old-version'],
    firstSeconds: 1800,
  };
  const timeLimits = { silenceSeconds: 36 * 3600, awaitingEvidenceSeconds: 6 * 3600 };
  const windows = { windows: [{ cron: NIGHTLY.cron, durationSeconds: NIGHTLY.hours * 3600 }], zone: 'UTC' };
  const error = { percent: 20, minimum: 5 };
  return new Map<string, RolloutRules>([
    [
      'nightly',
      {
        version: GOOD,
        atMs: HOUR_MS,
        window: NIGHTLY,
        perMinute,
        body: {
          policy: { windows, pace: { parallel, perMinute }, retries, timeLimits },
          phases: [
            { size: { by: 'percent', percent: 5 }, successPercent: 80, error, soakSeconds: 3600 },
            { size: { by: 'percent', percent: 35 }, successPercent: 80, error },
            { error },
          ],
        },
      },
    ],
    [
      'broken',
      {
        version: BROKEN,
        atMs: 1.25 * DAY_MS,
        window: null,
        perMinute: null,
        body: {
          filter: 'name==gw-*1',
          policy: { retries: { ...retries, limit: 1 }, timeLimits, pace: { parallel } },
          phases: [{ size: { by: 'percent', percent: 20 }, error }, { error }],
        },
      },
    ],
    [
      'mended',
      {
        version: MENDED,
        atMs: 1.5 * DAY_MS,
        window: null,
        perMinute,
        body: { filter: 'name==gw-*1', policy: { retries, timeLimits, pace: { perMinute } } },
      },
    ],
  ]);
}

function actsOf(installation: Installation, rollouts: ReadonlyMap<string, RolloutRules>) {
  const starts = [...rollouts].map(([name, { version, atMs, body }]) => ({
    atMs,
    act: () => installation.startRollout(name, version, body),
  }));
  const stop = { atMs: 1.5 * DAY_MS - HOUR_MS, act: () => installation.act('broken', 'stop') };
  const pause = { atMs: 14 * HOUR_MS, act: () => installation.act('nightly', 'pause') };
  const resume = { atMs: 15 * HOUR_MS, act: () => installation.act('nightly', 'resume') };
  return [...starts, pause, resume, stop];
}

function figuresOf({ run }: SimulatedStore): Pick<WeekFigures, 'assignments' | 'attempts' | 'rollouts'> {
  const assignments = run<{ state: string; n: number }>(
    `select r.name || ' ' || a.state as state, count(*) as n from assignment a join rollout r on r.id = a.rollout group by 1`,
  );
  const rollouts = run<{ name: string; state: string }>('select name, state from rollout');
  return {
    assignments: Object.fromEntries(assignments.map(({ state, n }) => [state, n])),
    attempts: run<{ n: number }>('select count(*) as n from attempt')[0]?.n ?? 0,
    rollouts: Object.fromEntries(rollouts.map(({ name, state }) => [name, state])),
  };
}
