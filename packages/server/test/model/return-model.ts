import assert from 'node:assert/strict';
import { addMember, newRollout, reached } from './members-model.ts';
import { waitingPhase, type Model, type ModelDevice, type ModelRelease, type ModelRollout } from './model-state.ts';
import type { StoredFacts } from './stored-facts.ts';

/**
 * To which releases the devices go back that took a rollout's, and run it; null: not before a device type allows it. Of
 * whom it is not known what they ran, nobody goes back.
 */
export function waysBack({ members, release }: ModelRollout): readonly ModelRelease[] | null {
  const known = members.filter(
    ({ from, device }) => from !== null && from !== release && !device.isDeleted && device.running === release,
  );
  if (known.some(({ device, from }) => isBarred(device, { from, to: release }))) return null;
  return [...new Set(known.flatMap(({ from }) => from ?? []))];
}

/** The way back from `to` to `from` is a downgrade, and its type allows none. */
export function isBarred(
  { refusesDowngrade }: ModelDevice,
  { from, to }: { from: ModelRelease | null; to: ModelRelease },
): boolean {
  return refusesDowngrade && from !== null && from.counter < to.counter;
}

/** The returns that were asked for, by a person or by a threshold: one rollout for each release that devices ran before. */
export function followReturns(model: Model, facts: StoredFacts): void {
  for (const rollout of model.rollouts.filter(({ returns }) => returns === 'wanted')) {
    const ways = waysBack(rollout);
    rollout.returns = ways === null ? 'impossible' : 'made';
    for (const release of ways ?? []) makeReturn(model, { parent: rollout, release }, facts);
  }
}

/** It starts by itself and asks nobody; who takes the release yet joins. */
function makeReturn(
  model: Model,
  { parent, release }: { readonly parent: ModelRollout; readonly release: ModelRelease },
  { rollouts, wishes }: StoredFacts,
): void {
  const row = rollouts.find(
    (one) => one.parent === parent.id && one.relation === 'return' && one.release === release.id,
  );
  assert.ok(row !== undefined, `nobody of rollout ${parent.id} is brought back to ${release.version}`);
  const made = newRollout(model, {
    id: row.id,
    uid: row.uid,
    kind: 'return',
    release,
    weight: parent.weight,
    policy: { ...parent.policy, start: { by: 'ready' }, approval: false, onFailure: 'pause', dynamic: true },
    phases: [waitingPhase(1, WHOLE)],
    reach: { of: 'taken', parent, to: release },
    state: 'ready',
  });
  const expected = reached(model, made.reach).map(({ id }) => id);
  const members = wishes.filter(({ rollout }) => rollout === made.id).toSorted((a, b) => a.id - b.id);
  assert.deepEqual(new Set(members.map(({ device }) => device)), new Set(expected), `who goes back in ${made.id}`);
  for (const member of members) addMember(model, made, member);
}

export const WHOLE = {
  percent: null,
  named: null,
  successPercent: 100,
  error: null,
  soakSeconds: 0,
  byHand: false,
} as const;
