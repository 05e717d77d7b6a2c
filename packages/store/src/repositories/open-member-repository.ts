import type { GateFacts, OpenAssignment } from '@updraft/core';
import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import { deviceInContact, GATED_DEVICE_COLUMNS, readOpenAssignments } from './open-assignment-repository.ts';

/** A member of a rollout that has not ended, as its gates find it. */
export type OpenMember = {
  /** The id of its assignment by this rollout. */
  readonly assignment: number;
  readonly deviceId: number;
  /** As if it were in contact now. */
  readonly device: GateFacts['device'];
  /** When it really was. */
  readonly contactAt: number | null;
  /** Of all rollouts, the oldest first. */
  readonly open: readonly OpenAssignment[];
};

/** The time zones of a rollout's devices; '': those that have none of their own. Reads every one: for the long reader. */
export async function zonesOfMembers(db: Kysely<Schema>, rollout: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('assignment as a')
    .innerJoin('device as d', 'd.id', 'a.device')
    .select('d.zone')
    .distinct()
    .where('a.rollout', '=', rollout)
    .execute();
  return rows.map(({ zone }) => zone);
}

export type OpenMembersWanted = {
  readonly rollout: number;
  readonly phases: readonly number[];
  /** Id of the last device that was looked at. */
  readonly after: number;
  readonly limit: number;
};

/** The next members of these phases that have not ended, by device. It may pass over all that have: for the long reader. */
export async function nextOpenMembers(
  db: Kysely<Schema>,
  { rollout, phases, after, limit }: OpenMembersWanted,
  now: number,
): Promise<readonly OpenMember[]> {
  if (phases.length === 0) return [];
  const rows = await db
    .selectFrom('assignment as a')
    .innerJoin('device as d', 'd.id', 'a.device')
    .innerJoin('tenant as n', 'n.id', 'd.tenant')
    .leftJoin('device_type as y', 'y.id', 'd.type')
    .leftJoin('release as u', 'u.id', 'd.running_release_id')
    .leftJoin('contact as c', 'c.device', 'a.device')
    .select(GATED_DEVICE_COLUMNS)
    .select(['a.id as assignment_id', 'a.device as device_id', 'c.at as contact_at'])
    .where('a.rollout', '=', rollout)
    .where('a.device', '>', after)
    .where('a.ended_at', 'is', null)
    .where('a.phase', 'in', phases)
    .orderBy('a.device')
    .limit(limit)
    .execute();
  const devices = rows.map((row) => row.device_id);
  const open = await readOpenAssignments(db, devices, now);
  return rows.map((row) => ({
    assignment: row.assignment_id,
    deviceId: row.device_id,
    device: deviceInContact(row, now),
    contactAt: row.contact_at,
    open: open.get(row.device_id) ?? [],
  }));
}
