import {
  crowdedAmong,
  crowdedInSlice,
  oldestEnded,
  quotaOf,
  removeAssignment,
  takeDevices,
  type AssignmentQuota,
  type Choice,
  type CommandContext,
  type FullDevice,
  type RolloutRow,
  type Slice,
} from '@updraft/store';

/** Assignments that one command removes, or those of one device where these are more. */
const REMOVED_PER_COMMAND = 500;

/** Devices that stay without room; `isMore`: others may have it when it is asked again. */
export type RoomMade = { readonly without: readonly number[]; readonly isMore: boolean };

const ALL_HAVE_ROOM: RoomMade = { without: [], isMore: false };

/** The same of the devices of a slice that a rollout is to have. */
export async function makeRoomInSlice(
  context: CommandContext,
  { rollout, choice, slice }: { readonly rollout: RolloutRow; readonly choice: Choice; readonly slice: Slice },
): Promise<RoomMade> {
  const quota = quotaOf(rollout);
  if (quota === null) return ALL_HAVE_ROOM;
  const asked = { choice, slice: { ...slice, last: rollout.last_device }, most: quota.most };
  return makeRoom(context, quota, await crowdedInSlice(context.db, asked));
}

/** The same of devices that are to join a rollout. */
export async function makeRoomAmong(
  context: CommandContext,
  rollout: RolloutRow,
  devices: readonly number[],
): Promise<RoomMade> {
  const quota = quotaOf(rollout);
  if (quota === null) return ALL_HAVE_ROOM;
  return makeRoom(context, quota, await crowdedAmong(context.db, devices, quota.most));
}

/** Makes room for one more assignment of each of these devices, where enough of theirs have ended and may go. */
async function makeRoom(
  context: CommandContext,
  quota: AssignmentQuota,
  crowded: readonly FullDevice[],
): Promise<RoomMade> {
  const without: number[] = [];
  let removed = 0;
  for (const [at, device] of crowded.entries()) {
    if (removed >= REMOVED_PER_COMMAND)
      return { without: [...without, ...crowded.slice(at).map(({ id }) => id)], isMore: true };
    const going = await goingOf(context, device, quota);
    if (going === null) without.push(device.id);
    else {
      await takeDevices(context, [device.id]);
      for (const assignment of going) await removeAssignment(context, assignment);
      removed += going.length;
    }
  }
  return { without, isMore: false };
}

/** The oldest assignments of a device that go for one more; null: there are not as many that have ended, or none goes. */
export async function goingOf(
  { db }: CommandContext,
  { id, assignments }: FullDevice,
  { most, removedPercent }: AssignmentQuota,
): Promise<readonly number[] | null> {
  const share = Math.floor((most * removedPercent) / 100);
  const needed = assignments + 1 - most;
  const oldest = share === 0 ? [] : await oldestEnded(db, id, Math.max(share, needed));
  return oldest.length < needed ? null : oldest;
}
