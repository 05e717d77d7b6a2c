import type { ReturnObstacle } from '@updraft/core';
import {
  findReleaseById,
  previousReleases,
  republished,
  runningReleases,
  type Choice,
  type DevicesOnRelease,
  type RolloutRow,
  type Schema,
} from '@updraft/store';
import type { Kysely } from 'kysely';

/** To which release devices go back that ran `previous`: that one, or its bytes under a newer version. */
export type ReturnTarget = { readonly previous: number; readonly release: number };

export type ReturnPlan = {
  readonly targets: readonly ReturnTarget[];
  /** Devices without a way back: those that are left out, or for which nobody goes back. */
  readonly obstacles: readonly ReturnObstacle[];
  /** Devices of which it is not known what they ran. */
  readonly unknown: number;
};

/** A release that is, or would be, returned from. */
type Left = { readonly tenant: number; readonly counter: number | null };

/**
 * How the devices that took a rollout's release come back to what they ran before. A return is a downgrade: the device
 * type allows it, or the old content has been published again under a higher version. Reads every member.
 */
export async function planReturn(
  reader: Kysely<Schema>,
  { id, tenant, release }: Pick<RolloutRow, 'id' | 'tenant' | 'release'>,
): Promise<ReturnPlan> {
  const left = await findReleaseById(reader, tenant, release);
  return planOf(reader, await previousReleases(reader, id), { tenant, counter: left?.counter ?? null });
}

/** How the devices that a rollout would have could come back. Reads every one of them. */
export async function foreseenReturn(reader: Kysely<Schema>, choice: Choice, left: Left): Promise<ReturnPlan> {
  return planOf(reader, await runningReleases(reader, choice), left);
}

/** Whether something has to be done before anybody goes back. */
export function isHeld({ obstacles }: ReturnPlan): boolean {
  return obstacles.some(({ isLeftOut }) => !isLeftOut);
}

/** Devices that stay behind, as what they ran has been withdrawn. */
export function withdrawnDevices(obstacles: readonly ReturnObstacle[]): number {
  return obstacles.filter(({ isLeftOut }) => isLeftOut).reduce((sum, { devices }) => sum + devices, 0);
}

async function planOf(reader: Kysely<Schema>, found: readonly DevicesOnRelease[], left: Left): Promise<ReturnPlan> {
  const targets: ReturnTarget[] = [];
  const hindered: DevicesOnRelease[] = [];
  for (const [previous, groups] of Map.groupBy(found, ({ release }) => release)) {
    if (previous === null) continue;
    const release = await wayBack(reader, { previous, groups, left });
    if (release === null) hindered.push(...groups.filter(isHindered));
    else targets.push({ previous, release });
  }
  const unknown = found.filter(({ release }) => release === null).reduce((sum, { devices }) => sum + devices, 0);
  return { targets, obstacles: hindered.map((group) => obstacleOf(group, targets.length > 0)), unknown };
}

/** The release itself where it stands and nobody refuses it, else its bytes under a newer version; null: neither. */
async function wayBack(
  reader: Kysely<Schema>,
  { previous, groups, left }: { previous: number; groups: readonly DevicesOnRelease[]; left: Left },
): Promise<number | null> {
  if (!groups.some(isHindered)) return previous;
  const isRefused = groups.some(({ downgrade }) => downgrade === 'refused');
  const counter = isRefused ? (left.counter ?? Number.MAX_SAFE_INTEGER) : 0;
  return republished(reader, { tenant: left.tenant, release: previous, counter });
}

function isHindered({ downgrade, isWithdrawn }: DevicesOnRelease): boolean {
  return downgrade === 'refused' || isWithdrawn;
}

/** A withdrawn release is one of several ways back: the others are not held for it, as what is withdrawn stays so. */
function obstacleOf({ type, releaseTitle, devices, isWithdrawn }: DevicesOnRelease, othersGo: boolean): ReturnObstacle {
  return { type: type ?? '', running: releaseTitle, devices, isWithdrawn, isLeftOut: isWithdrawn && othersGo };
}
