import { phaseSizes } from '@updraft/core';
import {
  changePhase,
  changeRollout,
  countSlice,
  DEVICES_PER_COUNT,
  DEVICES_PER_SLICE,
  filterMoments,
  materialiseSlice,
  phaseSpecOf,
  phasesOf,
  policyOf,
  sliceOfDevices,
  zonesOfSlice,
  type Choice,
  type CommandContext,
  type PhaseRow,
  type RolloutRow,
  type Slice,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { makeRoomInSlice } from './assignment-room.ts';
import { inNobodysName } from './join-rollout.ts';
import { recordRollout } from './rollout-events.ts';
import { stepRollout } from './rollout-moves.ts';

/** Events of one creation: a share of the whole each, however long it takes. */
const PROGRESS_EVENTS = 20;

/**
 * Makes the next slice of a rollout: first its devices are counted, then placed in its phases. The cursor moves in the
 * same commit, so that a crash loses and doubles none. A small one is made in one command. The caller holds its row.
 */
export async function createNext(context: CommandContext, scope: Scope, rollout: RolloutRow): Promise<RolloutRow> {
  if (rollout.is_counted === 1) return placeNext(context, scope, rollout);
  const counted = await countNext(context, rollout);
  return counted.is_counted === 1 ? placeNext(context, scope, counted) : counted;
}

async function countNext(context: CommandContext, rollout: RolloutRow): Promise<RolloutRow> {
  const slice = await sliceFrom(context, rollout, DEVICES_PER_COUNT);
  const phases = await phasesOf(context.db, [rollout.id]);
  const choice = await choiceOf(context, rollout, phases);
  const { without, isMore } = await makeRoomInSlice(context, { rollout, choice, slice });
  if (isMore) return changeRollout(context, rollout, { next_at: context.now });
  const named = await countSlice(context, { rollout, choice, slice });
  for (const phase of phases) {
    const found = named.get(phase.number) ?? 0;
    if (found > 0) await changePhase(context, phase, { planned: phase.planned + found });
  }
  const counted = rollout.counted + [...named.values()].reduce((sum, n) => sum + n, 0);
  const zones = await zonesWith(context, { rollout, choice, slice });
  const isLast = slice.upTo === null;
  if (isLast) await planPhases(context, rollout, counted);
  if (without.length > 0) await noteLeftOut(context, rollout, without.length);
  return changeRollout(context, rollout, {
    counted,
    zones,
    left_out: rollout.left_out + without.length,
    cursor: slice.upTo ?? 0,
    is_counted: isLast ? 1 : 0,
    next_at: context.now,
  });
}

/** Devices that have as many assignments as they may have, and keep them. */
async function noteLeftOut(context: CommandContext, rollout: RolloutRow, devices: number): Promise<void> {
  const data = { devices, reason: 'too-many-assignments' };
  await recordRollout(context, inNobodysName(rollout), { rollout, happened: 'left-out', data });
}

/** The time zones of its devices, where its start waits for the first window of any of them. */
async function zonesWith(context: CommandContext, slice: Parameters<typeof zonesOfSlice>[1]): Promise<string | null> {
  const { rollout } = slice;
  if (policyOf(rollout.policy).start.by !== 'first-window') return null;
  const known = JSON.parse(rollout.zones ?? '[]') as readonly string[];
  return JSON.stringify([...new Set([...known, ...(await zonesOfSlice(context, slice))])]);
}

/** All are counted: how many each phase gets. */
async function planPhases(context: CommandContext, rollout: RolloutRow, all: number): Promise<void> {
  const phases = await phasesOf(context.db, [rollout.id]);
  const named = new Map(phases.map(({ number, planned }) => [number, planned]));
  const sizes = phaseSizes(
    phases.map(({ spec }) => phaseSpecOf(spec)),
    { all, named },
  );
  for (const [index, phase] of phases.entries()) await changePhase(context, phase, { planned: sizes[index] ?? 0 });
}

async function placeNext(context: CommandContext, scope: Scope, rollout: RolloutRow): Promise<RolloutRow> {
  const slice = await sliceFrom(context, rollout, DEVICES_PER_SLICE);
  const phases = await phasesOf(context.db, [rollout.id]);
  const choice = await choiceOf(context, rollout, phases);
  const made = await materialiseSlice(context, { rollout, choice, slice }, phases);
  const planned = rollout.planned + made;
  const after = await changeRollout(context, rollout, { cursor: slice.upTo, planned, next_at: context.now });
  if (slice.upTo === null) {
    const step = await stepRollout(context, scope, { rollout: after, input: { type: 'materialised' } });
    return step.outcome === 'changed' ? step.rollout : after;
  }
  if (shareOf(rollout) !== shareOf(after))
    await recordRollout(context, scope, {
      rollout: after,
      happened: 'creation-progressed',
      data: { planned, total: after.counted },
    });
  return after;
}

function shareOf({ planned, counted }: RolloutRow): number {
  return counted === 0 ? 0 : Math.floor((planned / counted) * PROGRESS_EVENTS);
}

/** Devices that came after the rollout are none of its slices'. */
async function sliceFrom(context: CommandContext, rollout: RolloutRow, count: number): Promise<Slice> {
  const { after, upTo } = await sliceOfDevices(context.db, rollout.tenant, rollout.cursor ?? 0, count);
  return { after, upTo: upTo === null || upTo >= rollout.last_device ? null : upTo };
}

/** A filter that names the time means that of the rollout's creation, in every slice. */
async function choiceOf(context: CommandContext, rollout: RolloutRow, phases: readonly PhaseRow[]): Promise<Choice> {
  const moments = await filterMoments(context.db, rollout.tenant, rollout.created_at);
  return { ...rollout, phases: phases.map(({ spec }) => phaseSpecOf(spec)), moments };
}
