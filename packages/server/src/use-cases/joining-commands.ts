import { matchesFilter, movesWithTime, parseFilter, settleFilter, type FilterMoments } from '@updraft/core';
import {
  DEVICE_LIST,
  filterMoments,
  findDevice,
  insertMembers,
  isToJoin,
  joinedUpTo,
  joiningRollouts,
  lateComers,
  phasesOf,
  readEvents,
  readFilterFacts,
  setJoin,
  setJoinedUpTo,
  sliceOfDevices,
  takeDevice,
  takeRollout,
  type CommandContext,
  type RolloutRow,
  type StoredEvent,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { recordRollout } from './rollout-events.ts';

/** A rule whose query moves with the clock is looked through again after this. */
const MOVING_LOOK_MS = 60_000;
/** Any other as often: the events tell of changes, and this makes good what no event told. */
const RESTING_LOOK_MS = 3_600_000;
const EVENTS_PER_COMMAND = 200;
const DEVICES_PER_LOOK = 2000;

/** Events that may concern any number of devices. */
const SET_SUBJECTS: ReadonlySet<string> = new Set(['devices', 'group', 'device-type', 'settings']);

export const joiningCommands = {
  'joining.look': look,
  'joining.hear': hear,
};

/** One slice of a look over all devices for those that are to join a rollout (design: 6-data 20). */
async function look(context: CommandContext, { rollout: id }: { readonly rollout: number }): Promise<void> {
  const rollout = await takeRollout(context, id);
  if (rollout === undefined || rollout.state !== 'running') return;
  if (rollout.join_at === null || rollout.join_at > context.now) return;
  const slice = await sliceOfDevices(context.db, rollout.tenant, rollout.join_cursor ?? 0, DEVICES_PER_LOOK);
  const moments = await filterMoments(context.db, rollout.tenant, context.now);
  await join(context, rollout, await lateComers(context.db, rollout, { slice, moments }));
  const isDone = slice.upTo === null;
  const again = context.now + (isMoving(rollout) ? MOVING_LOOK_MS : RESTING_LOOK_MS);
  await setJoin(context, id, { at: isDone ? again : context.now, cursor: slice.upTo });
}

function isMoving({ filter, relation }: RolloutRow): boolean {
  const parsed = parseFilter(filter, DEVICE_LIST.fields);
  return relation === 'return' || (parsed.outcome === 'parsed' && movesWithTime(parsed.filter, DEVICE_LIST.fields));
}

/** Late-comers join the last phase that was planned; their polls are answered anew. */
async function join(context: CommandContext, rollout: RolloutRow, devices: readonly number[]): Promise<void> {
  const last = (await phasesOf(context.db, [rollout.id])).at(-1);
  const joining: number[] = [];
  for (const device of devices) if (await takeDevice(context, rollout.tenant, device)) joining.push(device);
  if (last === undefined || joining.length === 0) return;
  await insertMembers(context, { rollout, phase: last.number }, joining);
  await recordRollout(context, serverScope(rollout), {
    rollout,
    happened: 'joined',
    data: { devices: joining.length },
  });
}

function serverScope({ tenant }: RolloutRow): Scope {
  return { tenant, tenantName: '', actor: 'updraft', kind: 'server' };
}

/**
 * Reads what has happened in a tenant since it was last looked, and lets the devices concerned join the rollouts that
 * they have come to match; tells whether there is more to read. Where it stands moves in the same commit.
 */
async function hear(context: CommandContext, { tenant }: { readonly tenant: number }): Promise<boolean> {
  const after = await joinedUpTo(context.db, tenant);
  const rollouts = await joiningRollouts(context.db, tenant);
  if (after === null || rollouts.length === 0) return false;
  const events = await readEvents(context.db, tenant, { after, limit: EVENTS_PER_COMMAND });
  const last = events.at(-1);
  if (last === undefined) return false;
  await setJoinedUpTo(context, tenant, last.position);
  if (events.some(({ subject }) => SET_SUBJECTS.has(subject.kind)))
    for (const { id } of rollouts) await setJoin(context, id, { at: context.now, cursor: null });
  const moments = await filterMoments(context.db, tenant, context.now);
  for (const name of new Set(events.flatMap(deviceOf))) await joinByName(context, name, { rollouts, moments });
  return events.length === EVENTS_PER_COMMAND;
}

/** The device that an event speaks of. */
function deviceOf({ name, subject, data }: StoredEvent): readonly string[] {
  if (name === 'device.deleted') return [];
  if (subject.kind === 'device') return [subject.id];
  const { device } = data;
  return subject.kind === 'assignment' && typeof device === 'string' ? [device] : [];
}

/** Tests one device in memory against every rollout that devices join. */
async function joinByName(
  context: CommandContext,
  name: string,
  { rollouts, moments }: { readonly rollouts: readonly RolloutRow[]; readonly moments: FilterMoments },
): Promise<void> {
  const [first] = rollouts;
  const device = first === undefined ? undefined : await findDevice(context.db, first.tenant, name);
  const facts = device === undefined ? undefined : await readFilterFacts(context.db, device.id);
  if (device === undefined || facts === undefined) return;
  for (const rollout of rollouts) {
    const { fields } = DEVICE_LIST;
    const parsed = parseFilter(rollout.filter, fields);
    if (parsed.outcome === 'refused') throw new Error(`rollout ${rollout.id} has a filter that cannot be read`);
    const matches = matchesFilter(settleFilter(parsed.filter, fields, moments), fields, facts);
    if (matches && (await isToJoin(context.db, device.id, rollout))) await join(context, rollout, [device.id]);
  }
}
