import { appendEvent, type CommandContext, crowdedDevices, removeAssignment, targetsOf } from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { goingOf } from './assignment-room.ts';
import { refused } from './outcome.ts';

export type RoomAsked = {
  readonly scope: Scope;
  /** Id of the release that is to be assigned: who has it needs no room. */
  readonly release: number;
  readonly devices: readonly string[];
  /** Assignments of a device. */
  readonly most: number;
  /** So much of `most` goes where one more would be too many: the oldest that have ended. 0: none goes. */
  readonly removedPercent: number;
};

export const makeRoomCommand = { 'assignment.make-room': makeRoom };

/** Makes room for one more assignment of each device: of all of them, or of none. */
async function makeRoom(context: CommandContext, { scope, release, devices, most, removedPercent }: RoomAsked) {
  const targets = await targetsOf(context, scope.tenant, { names: devices, release });
  const names = targets.filter(({ assigned, runs }) => !assigned && !runs).map(({ name }) => name);
  const going: number[] = [];
  for (const device of await crowdedDevices(context.db, scope.tenant, { names, most })) {
    const oldest = await goingOf(context, device, { most, removedPercent });
    if (oldest === null) return { ...refused('limit-reached'), device: device.name };
    going.push(...oldest);
  }
  for (const assignment of going) await removeAssignment(context, assignment);
  if (going.length > 0) await note(context, scope, going.length);
  return { outcome: 'made' as const };
}

async function note(context: CommandContext, { tenant, actor }: Scope, count: number): Promise<void> {
  const subject = { kind: 'assignments', id: String(count) };
  await appendEvent(context, { tenant, actor, name: 'assignment.forgotten', subject, data: {} });
}
