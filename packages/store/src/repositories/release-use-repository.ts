import type { AssignmentStanding } from '@updraft/core';
import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { assignmentStandingSql, wantedReleaseSql } from '../list/standing-sql.ts';
import type { Schema } from '../schema.ts';
import { selectDeviceIds } from './device-detail-repository.ts';

/** Devices that run a release. */
export function selectDeviceIdsRunning(db: Kysely<Schema>, tenant: number, release: number) {
  return selectDeviceIds(db, tenant).where('device.running_release_id', '=', release);
}

/** Devices that are to run a release, or run it and are to run no other: looked for among those that ever got it. */
export function selectDeviceIdsWanting(db: Kysely<Schema>, tenant: number, release: number) {
  return selectDeviceIds(db, tenant)
    .where(
      sql<boolean>`device.id in (
        select runs.id from device as runs where runs.tenant = ${tenant} and runs.running_release_id = ${release}
        union select got.device from rollout as gives inner join assignment as got on got.rollout = gives.id
          where gives.release = ${release})`,
    )
    .where(wantedReleaseSql, '=', release);
}

/** What brings, or brought, a release to devices: also direct and automatic assignments. */
export async function rolloutsOfRelease(db: Kysely<Schema>, release: number) {
  return db.selectFrom('rollout').selectAll().where('release', '=', release).orderBy('id').execute();
}

/** Numbers of assignments of a release that are open, the oldest first; with `kinds` only those of such rollouts that are not being canceled. */
export async function openAssignmentsOfRelease(
  db: Kysely<Schema>,
  release: number,
  { kinds, limit }: { readonly kinds?: readonly ('auto' | 'direct')[]; readonly limit: number },
): Promise<readonly number[]> {
  const open = db
    .selectFrom('rollout')
    .innerJoin('assignment', 'assignment.rollout', 'rollout.id')
    .leftJoin('attempt', 'attempt.id', 'assignment.attempt_id')
    .select('assignment.number')
    .where('rollout.release', '=', release)
    .where('assignment.ended_at', 'is', null)
    .orderBy('assignment.id')
    .limit(limit);
  const rows = await (
    kinds === undefined
      ? open
      : open.where('rollout.kind', 'in', kinds).where(sql<boolean>`coalesce(attempt.state, '') <> 'canceling'`)
  ).execute();
  return rows.map(({ number }) => number);
}

/** How many assignments of a release stand how. */
export async function standingsOfRelease(
  db: Kysely<Schema>,
  release: number,
): Promise<ReadonlyMap<AssignmentStanding, number>> {
  const rows = await db
    .selectFrom('rollout')
    .innerJoin('assignment', 'assignment.rollout', 'rollout.id')
    .innerJoin('phase', (on) =>
      on.onRef('phase.rollout', '=', 'assignment.rollout').onRef('phase.number', '=', 'assignment.phase'),
    )
    .leftJoin('attempt', 'attempt.id', 'assignment.attempt_id')
    .select([assignmentStandingSql.as('standing'), sql<number>`count(*)`.as('n')])
    .where('rollout.release', '=', release)
    .groupBy(sql`1`)
    .execute();
  return new Map(rows.map(({ standing, n }) => [standing, Number(n)]));
}
