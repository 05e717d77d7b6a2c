import { sql } from 'kysely';

/** How many assignments a device may have, and how much of that goes where it has as many (percent; 0: nothing). */
export type AssignmentQuota = { readonly most: number; readonly removedPercent: number };

/** The columns of a rollout that say so; `assignments_max` null or left out: any number. */
export type QuotaColumns = { readonly assignments_max?: number | null; readonly room_percent?: number };

export function quotaOf({ assignments_max: most, room_percent: removedPercent }: QuotaColumns): AssignmentQuota | null {
  return most === null || most === undefined ? null : { most, removedPercent: removedPercent ?? 0 };
}

/** Whether `device` may have one assignment more. Looks at no more of them than there may be. */
export function hasRoom(most: number) {
  return sql<boolean>`not ${isCrowded(most)}`;
}

export function isCrowded(most: number) {
  return sql<boolean>`exists (
    select 1 from assignment as q where q.device = device.id limit 1 offset cast(${most - 1} as bigint))`;
}
