import assert from 'node:assert/strict';
import type { Model, ModelDevice, ModelRollout, ModelWish } from './model-state.ts';
import type { StoredWish } from './stored-facts.ts';

type Made = Pick<ModelRollout, 'id' | 'uid' | 'kind' | 'release' | 'weight' | 'policy' | 'phases' | 'reach' | 'state'>;

/** A rollout that was made now, as yet without members. */
export function newRollout(model: Model, made: Made): ModelRollout {
  const rollout: ModelRollout = {
    ...made,
    members: [],
    reason: null,
    starts: { left: made.policy.perMinute ?? 0, at: model.now },
    stoppedAt: null,
    createdAt: model.now,
    zones: reached(model, made.reach).map(({ zone }) => zone),
    runningSince: model.now,
    endedAt: null,
    returns: null,
  };
  model.rollouts.push(rollout);
  return rollout;
}

/** Whether the phase that names devices of a run by a bit each names this one. */
export function isNamed(named: number, index: number): boolean {
  return (named & (1 << index)) !== 0;
}

/** Devices in service that a rollout is for, whatever they run. */
export function reached(model: Model, reach: ModelRollout['reach']): readonly ModelDevice[] {
  return model.devices.filter((device) => !device.isGone && isReached(device, reach));
}

function isReached(device: ModelDevice, reach: ModelRollout['reach']): boolean {
  switch (reach.of) {
    case 'ring':
      return reach.ring === null || device.ring === reach.ring;
    case 'failed':
      return reach.parent.members.some((member) => member.device === device && hasFailed(member));
    case 'taken':
      return took(device, reach);
    case 'chosen':
      return false;
  }
}

/** It has failed and is tried no more: also where a stop came before it was tried again. */
export function hasFailed({ state, erred }: ModelWish): boolean {
  return state === 'failed' || (state === 'canceled' && erred);
}

/** It was brought the release that a return leads away from, runs it, and ran what the return leads back to. */
function took(
  device: ModelDevice,
  { parent, to }: { readonly parent: ModelRollout; readonly to: ModelRollout['release'] },
): boolean {
  return (
    device.running === parent.release && parent.members.some((member) => member.device === device && member.from === to)
  );
}

/** The first phase that names a device takes it; the others take their share of the rest, but for less than one device. */
export function holdToPhases({ devices }: Model, { members, phases }: ModelRollout): void {
  for (const { device, phase } of members) {
    const index = devices.indexOf(device);
    const naming = phases.find(({ spec }) => spec.named !== null && isNamed(spec.named, index));
    assert.equal(
      phase.spec.named !== null || naming !== undefined,
      phase === naming,
      `${device.id} is in phase ${phase.number}`,
    );
  }
  if (phases.some(({ spec }) => spec.named !== null)) return;
  for (const { number, spec, members: own } of phases)
    if (spec.percent !== null)
      assert.ok(Math.abs(own.length - (spec.percent * members.length) / 100) < 1, `${own.length} in phase ${number}`);
}

/** A member as it is born; what its device runs already is done. The server tells where it stands. */
export function addMember(
  model: Model,
  rollout: ModelRollout,
  { id, number, device: row, phase: at }: Pick<StoredWish, 'id' | 'number' | 'device' | 'phase'>,
): void {
  const device = model.devices.find((known) => known.id === row);
  const phase = rollout.phases.find((one) => one.number === at);
  if (device === undefined || phase === undefined) throw new Error(`${row} is no device of this run`);
  const state = device.running === rollout.release ? 'succeeded' : 'waiting';
  const fresh = {
    state,
    failures: 0,
    notBefore: 0,
    erred: false,
    intent: null,
    from: null,
  } as const;
  const wish = { ...fresh, tries: [], id, number, rollout, device, phase, joinedAt: model.now };
  model.wishes.push(wish);
  rollout.members.push(wish);
  phase.members.push(wish);
}
