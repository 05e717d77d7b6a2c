import { crowdedDevices, type AssignmentQuota } from '@updraft/store';
import type { Scope } from '../../access/scope.ts';
import type { DoorSettings } from './door-settings.ts';
import type { ManagementParts, ManagementRefusal } from './handler.ts';

type Asked = {
  /** Id of the release. */
  readonly release: number;
  readonly devices: readonly string[];
} & Pick<DoorSettings, 'removedPercent'>;

/** Null where each target may have one more action, for which the oldest may have gone; else what is refused. */
export async function refusalOfActions(
  { store, quotas }: ManagementParts,
  scope: Scope,
  { release, devices, removedPercent }: Asked,
): Promise<ManagementRefusal | null> {
  const most = quotas.actions;
  const crowded = await crowdedDevices(store.reader, scope.tenant, { names: devices, most });
  if (crowded.length === 0) return null;
  const names = crowded.map(({ name }) => name);
  const asked = { scope, release, devices: names, most, removedPercent };
  const made = await store.commands.run('assignment.make-room', asked);
  if (made.outcome === 'made') return null;
  return { error: 'quota.tooManyEntries', message: `Target {${made.device}} has at most ${most} actions.` };
}

/** What rollouts and automatic assignments that are made here are held to, device by device when each is assigned. */
export function assignmentQuota(
  { quotas }: ManagementParts,
  { removedPercent }: Pick<DoorSettings, 'removedPercent'>,
): AssignmentQuota {
  return { most: quotas.actions, removedPercent };
}
