import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { compareBeliefs } from '@updraft/fleet';
import { inspect, inspectThresholds } from './invariants.ts';
import { PermissionWatch } from './permission-watch.ts';
import { memberOf } from './members.ts';
import { play, type Act, type Played } from './play.ts';
import { serverBeliefs } from './server-beliefs.ts';
import { fillServer, type Installation } from './simulated-installation.ts';
import { openSimulatedStore, type SimulatedStore } from './simulated-store.ts';
import { actsOf, BROKEN, rolloutsOf, VERSIONS } from './week-rollouts.ts';

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
const DAY_MS = 24 * 3_600_000;
/**
 * At the end all rollouts are paused, and what has begun comes to its end before beliefs are compared: longer than a
 * device is off, installs, and shows its version.
 */
const REST_MS = 5 * 3_600_000;
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
  const installation = await fillServer(simulated, members, VERSIONS);
  const rules = rolloutsOf(week.devices);
  const watch = new PermissionWatch(simulated, rules);
  let [ticks, inspections] = [0, 0];
  const startedAt = performance.now();
  const played = await play({
    simulated,
    tenant: installation.tenant,
    members,
    seed: week.seed,
    acts: [...actsOf(installation, rules), ...pauses(installation, rules, week)],
    durationMs: week.days * DAY_MS + REST_MS,
    tickMs: week.tickMs,
    brokenShare: (version) => (version === BROKEN ? BROKEN_SHARE : UNLUCKY_SHARE),
    onPermission: (member, answer) => watch.check(member, answer),
    onReport: () => inspectThresholds(simulated),
    onTick: () => {
      ticks += 1;
      if (ticks % week.inspectEvery !== 0) return;
      inspections += 1;
      inspect(simulated);
      watch.checkBegun();
    },
  });
  inspect(simulated);
  watch.checkBegun();
  const devices = new Map(members.map(({ name, belief }) => [name, { belief, versionAttribute: 'version' }]));
  assert.deepEqual(await compareBeliefs(devices, serverBeliefs(simulated)), []);
  const seconds = (performance.now() - startedAt) / 1000;
  return { ...played, ...figuresOf(simulated), seconds, inspections, permissions: watch.count };
}

function pauses(installation: Installation, rules: ReturnType<typeof rolloutsOf>, { days }: Week): readonly Act[] {
  const endsAt = days * DAY_MS;
  const started = [...rules].filter(([, { atMs }]) => atMs < endsAt);
  return started.map(([name]) => ({ atMs: endsAt, act: () => installation.act(name, 'pause') }));
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
