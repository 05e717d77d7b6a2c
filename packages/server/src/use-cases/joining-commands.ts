import { fieldsOf, movesWithTime, parseFilter } from '@updraft/core';
import {
  DEVICE_LIST,
  filterMoments,
  findReleaseById,
  lateComers,
  rolloutEndedAt,
  setJoin,
  sliceOfDevices,
  takeRollout,
  type CommandContext,
  type RolloutRow,
} from '@updraft/store';
import { hear } from './hear-events.ts';
import { inNobodysName, joinRollout } from './join-rollout.ts';
import { closeJoins, MIN_LOOK_MS } from './let-join.ts';
import { recordRollout } from './rollout-events.ts';
import { lookAtRollout } from './rollout-look.ts';

/** Events tell of what changes; this makes good what none told. */
const RESTING_LOOK_MS = 3_600_000;
const DEVICES_PER_LOOK = 2000;
/** Who joins costs ten times what is only looked at: a slice ends behind the last of so many. */
const JOINS_PER_LOOK = 500;

/** Fields that change without an event: contacts are written by the thousand. */
const UNTOLD_FIELDS: ReadonlySet<string> = new Set([
  'lastContactAt',
  'standing',
  'wantedRelease.name',
  'wantedRelease.version',
]);

export const joiningCommands = {
  'joining.look': look,
  'joining.hear': hear,
};

/**
 * One slice of a look over all devices for those that are to join a rollout (design: 6-data 20). Where it stands moves in
 * the same commit.
 */
async function look(context: CommandContext, { rollout: id }: { readonly rollout: number }): Promise<void> {
  const rollout = await takeRollout(context, id);
  if (rollout === undefined || rollout.state !== 'running') return;
  if (rollout.join_at === null || rollout.join_at > context.now) return;
  const hindrance = await hindranceOf(context, rollout);
  if (hindrance !== null) return end(context, rollout, hindrance);
  const began = rollout.join_cursor === null ? context.now : (rollout.join_looked_at ?? context.now);
  const upTo = await joinSlice(context, rollout);
  if (upTo !== null) return setJoin(context, id, { join_looked_at: began, join_cursor: upTo });
  if (await hadEndedAll(context, rollout, began)) return end(context, rollout, 'parent-ended');
  const rest = rollout.join_again === 1 || isMoving(rollout) ? MIN_LOOK_MS : RESTING_LOOK_MS;
  await setJoin(context, id, { join_looked_at: began, join_cursor: null, join_at: began + rest, join_again: 0 });
}

/** Tells behind which device the look goes on: again where it was, if some have to wait for room; null: nobody is left. */
async function joinSlice(context: CommandContext, rollout: RolloutRow): Promise<number | null> {
  const from = rollout.join_cursor ?? 0;
  const slice = await sliceOfDevices(context.db, rollout.tenant, from, DEVICES_PER_LOOK);
  const moments = await filterMoments(context.db, rollout.tenant, context.now);
  const joining = await lateComers(context.db, rollout, { slice, moments, limit: JOINS_PER_LOOK });
  if (await joinRollout(context, rollout, joining)) return from;
  return joining.length === JOINS_PER_LOOK ? (joining.at(-1) ?? null) : slice.upTo;
}

/** Why nobody can join any more, or null. A filter that could be read once may not be understood by what runs now. */
async function hindranceOf(context: CommandContext, rollout: RolloutRow): Promise<string | null> {
  const release = await findReleaseById(context.db, rollout.tenant, rollout.release);
  if (release?.state !== 'published') return 'release-withdrawn';
  return parseFilter(rollout.filter, DEVICE_LIST.fields).outcome === 'refused' ? 'filter-invalid' : null;
}

async function end(context: CommandContext, rollout: RolloutRow, reason: string): Promise<void> {
  const scope = inNobodysName(rollout);
  await recordRollout(context, scope, { rollout, happened: 'joining-ended', data: { reason } });
  await lookAtRollout(context, scope, await closeJoins(context, rollout));
}

/** Nobody comes to take the release that a return leads away from once its parent had ended before a whole look. */
async function hadEndedAll(context: CommandContext, { relation, parent }: RolloutRow, began: number): Promise<boolean> {
  if (relation !== 'return' || parent === null) return false;
  const endedAt = await rolloutEndedAt(context.db, parent);
  return endedAt === undefined || (endedAt !== null && endedAt <= began);
}

/** Whether devices may come to match without an event that tells of it. */
function isMoving({ filter, relation }: RolloutRow): boolean {
  const { fields } = DEVICE_LIST;
  const parsed = parseFilter(filter, fields);
  if (relation === 'return' || parsed.outcome === 'refused') return true;
  return movesWithTime(parsed.filter, fields) || !fieldsOf(parsed.filter, fields).isDisjointFrom(UNTOLD_FIELDS);
}
