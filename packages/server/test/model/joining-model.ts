import assert from 'node:assert/strict';
import { addMember, reached } from './members-model.ts';
import type { Model, ModelDevice, ModelPhase, ModelRollout } from './model-state.ts';
import type { StoredFacts } from './stored-facts.ts';

/** All devices are looked through at most so often; what an event tells of joins at once (6-data 20). */
const LOOK_MS = 61_000;

/**
 * Late-comers: the model learns at which of its looks they joined, and holds that only who matched did, in the last phase
 * that is not over, and in time.
 */
export function followJoins(model: Model, facts: StoredFacts): void {
  const known = new Set(model.wishes.map(({ id }) => id));
  for (const row of facts.wishes.toSorted((a, b) => a.id - b.id)) {
    const rollout = model.rollouts.find(({ id }) => id === row.rollout);
    if (known.has(row.id) || rollout === undefined) continue;
    const isPending = pendingOf(model, rollout).some(({ id }) => id === row.device);
    assert.ok(isPending, `${row.device} joined rollout ${rollout.id}, which it is not for`);
    assert.equal(row.phase, joinedPhase(rollout)?.number, `the phase that ${row.device} joined`);
    addMember(model, rollout, row);
  }
  for (const rollout of model.rollouts) {
    for (const device of pendingOf(model, rollout))
      assert.ok(model.now < joinsBy(rollout, device), `${device.id} has not joined rollout ${rollout.id}`);
  }
}

/** Whether anybody is about to join. */
export function hasPending(model: Model): boolean {
  return model.rollouts.some((rollout) => pendingOf(model, rollout).length > 0 || closesBy(rollout) !== null);
}

/** Devices that a rollout under way is for, that are none of its members, and do not run its release. */
function pendingOf(model: Model, rollout: ModelRollout): readonly ModelDevice[] {
  if (!rollout.policy.dynamic || rollout.state !== 'running' || joinedPhase(rollout) === null) return [];
  const members = new Set(rollout.members.map(({ device }) => device));
  return reached(model, rollout.reach).filter((one) => !members.has(one) && one.running !== rollout.release);
}

function joinedPhase({ phases }: ModelRollout): ModelPhase | null {
  return phases.findLast(({ state }) => state === 'waiting' || state === 'started') ?? null;
}

/** What changed while it ran is told by its event; what it came upon, or was paused over, is looked for. */
function joinsBy({ runningSince }: ModelRollout, { changedAt }: ModelDevice): number {
  return changedAt > runningSince ? changedAt : runningSince + LOOK_MS;
}

/**
 * Nobody comes to take any more what a return leads away from, once that was looked for after its parent's end. The model
 * learns at which of its looks that was, and holds that it was not before, and in time.
 */
export function followClosing(model: Model, { rollouts }: StoredFacts): void {
  const stored = new Map(rollouts.map((row) => [row.id, row]));
  for (const rollout of model.rollouts) {
    const { reach, policy, state } = rollout;
    const isUnderWay = state === 'running' || state === 'paused';
    if (reach.of !== 'taken' || !policy.dynamic || !isUnderWay || reach.parent.endedAt === null) continue;
    const isClosed = stored.get(rollout.id)?.join_at === null;
    assert.ok(isClosed || model.now < (closesBy(rollout) ?? Infinity), `return ${rollout.id} waits for nobody`);
    if (isClosed) rollout.policy = { ...policy, dynamic: false };
  }
}

function closesBy({ reach, policy, state, runningSince }: ModelRollout): number | null {
  if (reach.of !== 'taken' || !policy.dynamic || state !== 'running' || reach.parent.endedAt === null) return null;
  return Math.max(reach.parent.endedAt, runningSince) + LOOK_MS;
}

/** When a look over all devices must have been. */
export function joinPoints(rollout: ModelRollout): readonly number[] {
  if (!rollout.policy.dynamic || rollout.state !== 'running') return [];
  return [rollout.runningSince + LOOK_MS, closesBy(rollout) ?? 0];
}
