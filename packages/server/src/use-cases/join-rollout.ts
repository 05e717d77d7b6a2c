import { isClosed, MAX_GROWN_PHASES, phaseLifecycle, type PhaseGrowth } from '@updraft/core';
import {
  addPhase,
  changePhase,
  insertMembers,
  phaseSpecOf,
  phasesOf,
  takeDevices,
  toJoin,
  type CommandContext,
  type PhaseRow,
  type RolloutRow,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { makeRoomAmong } from './assignment-room.ts';
import { recordRollout } from './rollout-events.ts';

/**
 * Lets devices that match a rollout's filter join the last of its phases that is not over; their polls are answered anew.
 * Whoever has had its turn meanwhile is left out: that is asked again once the devices are taken. Tells whether some of
 * them still have to wait for room, and are to be looked for again.
 */
export async function joinRollout(
  context: CommandContext,
  rollout: RolloutRow,
  devices: readonly number[],
): Promise<boolean> {
  if (devices.length === 0) return false;
  const phase = await lastOpenPhase(context, rollout);
  if (phase === undefined) return false;
  const taken = await takeDevices(context, devices);
  const wanted = await toJoin(
    context.db,
    rollout,
    taken.map(({ id }) => id),
  );
  const { without, isMore } = await makeRoomAmong(context, rollout, wanted);
  const joining = wanted.filter((id) => !without.includes(id));
  await fillPhases(context, rollout, { phase, devices: joining });
  return isMore;
}

async function lastOpenPhase({ db }: CommandContext, { id }: RolloutRow): Promise<PhaseRow | undefined> {
  return (await phasesOf(db, [id])).findLast(({ state }) => !isClosed(phaseLifecycle, state));
}

type Joining = { readonly phase: PhaseRow; readonly devices: readonly number[] };

/** A phase that grows takes what it has room for; behind it another is added for the rest. */
async function fillPhases(context: CommandContext, rollout: RolloutRow, { phase, devices }: Joining): Promise<void> {
  if (devices.length === 0) return;
  const { growth = null } = phaseSpecOf(phase.spec);
  const mayGrow = growth !== null && phase.number < MAX_GROWN_PHASES;
  const room = mayGrow ? Math.max(0, growth.count - phase.total) : devices.length;
  const joining = devices.slice(0, room);
  if (joining.length > 0) {
    await insertMembers(context, { rollout, phase: phase.number }, joining);
    const data = { devices: joining.length, phase: phase.number };
    await recordRollout(context, inNobodysName(rollout), { rollout, happened: 'joined', data });
  }
  const left = devices.slice(room);
  if (left.length === 0 || growth === null) return;
  const next = await addPhaseBehind(context, rollout, { phase, growth });
  await fillPhases(context, rollout, { phase: next, devices: left });
}

/** The full phase is judged anew: what it had reached while nobody was behind it says nothing. */
async function addPhaseBehind(
  context: CommandContext,
  rollout: RolloutRow,
  { phase, growth }: { readonly phase: PhaseRow; readonly growth: PhaseGrowth },
): Promise<PhaseRow> {
  const number = phase.number + 1;
  const spec = phaseSpecOf(phase.spec);
  await changePhase(context, phase, { reached_at: null, spec: JSON.stringify({ ...spec, growth: null }) });
  const name = `group-${number}${growth.nameSuffix}`;
  return addPhase(context, { rollout: rollout.id, number }, { ...spec, name, size: { by: 'rest' }, written: null });
}

/** What events and time bring about. */
export function inNobodysName({ tenant }: Pick<RolloutRow, 'tenant'>): Scope {
  return { tenant, tenantName: '', actor: 'updraft', kind: 'server' };
}
