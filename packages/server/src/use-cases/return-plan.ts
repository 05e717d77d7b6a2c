import type { ReturnObstacle } from '@updraft/core';
import {
  previousReleases,
  republished,
  runningReleases,
  type Choice,
  type DevicesOnRelease,
  type Schema,
} from '@updraft/store';
import type { Kysely } from 'kysely';

/** To which release devices go back that ran `previous`: that one, or its bytes under a newer version. */
export type ReturnTarget = { readonly previous: number; readonly release: number };

export type ReturnPlan = {
  readonly targets: readonly ReturnTarget[];
  readonly obstacles: readonly ReturnObstacle[];
  /** Devices of which it is not known what they ran. */
  readonly unknown: number;
};

/** A release that is, or would be, returned from. */
export type Left = { readonly tenant: number; readonly counter: number | null };

/**
 * How the devices that took a rollout's release come back to what they ran before. A return is a downgrade: the device
 * type allows it, or the old content has been published again under a higher version. Reads every member.
 */
export async function planReturn(reader: Kysely<Schema>, rollout: number, left: Left): Promise<ReturnPlan> {
  return planOf(reader, await previousReleases(reader, rollout), left);
}

/** Why the devices that a rollout would have could not come back; empty: all could. Reads every one of them. */
export async function returnObstacles(
  reader: Kysely<Schema>,
  choice: Choice,
  left: Left,
): Promise<readonly ReturnObstacle[]> {
  return (await planOf(reader, await runningReleases(reader, choice), left)).obstacles;
}

async function planOf(reader: Kysely<Schema>, found: readonly DevicesOnRelease[], left: Left): Promise<ReturnPlan> {
  const targets: ReturnTarget[] = [];
  const obstacles: ReturnObstacle[] = [];
  for (const [previous, groups] of Map.groupBy(found, ({ release }) => release)) {
    if (previous === null) continue;
    const release = await wayBack(reader, { previous, groups, left });
    if (release === null) obstacles.push(...groups.filter(isHindered).map(obstacleOf));
    else targets.push({ previous, release });
  }
  const unknown = found.filter(({ release }) => release === null).reduce((sum, { devices }) => sum + devices, 0);
  return { targets, obstacles, unknown };
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

function obstacleOf({ type, releaseTitle, isWithdrawn }: DevicesOnRelease): ReturnObstacle {
  return { type: type ?? '', running: releaseTitle, isWithdrawn };
}
