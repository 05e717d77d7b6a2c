import type { AssignmentState, SettledFilter } from '@updraft/core';
import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { filterSql } from '../list/filter-sql.ts';
import { assignmentStandingSql, lastCodeSql } from '../list/standing-sql.ts';
import type { Schema } from '../schema.ts';
import { ASSIGNMENT_LIST, selectAssignments } from './assignment-history-repository.ts';

/**
 * Ids of assignments, for lists whose rows are then read with {@link assignmentDetails}. Those of a rollout before its
 * start are no wish yet, and what was called off before its phase started never was one.
 */
export function selectAssignmentIds(db: Kysely<Schema>, tenant: number) {
  return selectAssignments(db)
    .clearSelect()
    .select('assignment.id')
    .where('assignment.tenant', '=', tenant)
    .where('rollout.started_at', 'is not', null)
    .where((eb) => eb.or([eb('assignment.state', '<>', 'canceled'), eb('phase.started_at', 'is not', null)]));
}

function selectDetails(db: Kysely<Schema>) {
  return selectAssignments(db).select([
    'assignment.forced',
    'device.id as device',
    'rollout.id as rollout_id',
    'rollout.kind as rollout_kind',
    'rollout.name as rollout_name',
    'rollout.weight',
    'rollout.policy',
    'rollout.created_by',
    'release.id as release_id',
    'attempt.state_at',
    assignmentStandingSql.as('standing'),
    lastCodeSql.as('last_code'),
  ]);
}

export type AssignmentDetail = Awaited<ReturnType<ReturnType<typeof selectDetails>['executeTakeFirstOrThrow']>>;

/** Assignments with what their rollout asks and how they stand, in the order of the ids; those that are gone are left out. */
export async function assignmentDetails(
  db: Kysely<Schema>,
  ids: readonly number[],
): Promise<readonly AssignmentDetail[]> {
  if (ids.length === 0) return [];
  const rows = await selectDetails(db).where('assignment.id', 'in', ids).execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** The assignment that a device was given under a number: that of its first attempt, or of a later one. */
export async function findAssignmentDetail(
  db: Kysely<Schema>,
  tenant: number,
  number: number,
): Promise<AssignmentDetail | undefined> {
  return selectDetails(db)
    .where('assignment.tenant', '=', tenant)
    .where((eb) =>
      eb.or([
        eb('assignment.number', '=', number),
        eb(
          'assignment.id',
          'in',
          eb
            .selectFrom('attempt as retry')
            .select('retry.assignment')
            .where('retry.tenant', '=', tenant)
            .where('retry.number', '=', number)
            .where(sql<boolean>`retry.ordinal > 1`),
        ),
      ]),
    )
    .executeTakeFirst();
}

/** Numbers of the assignments of a device that have ended in one of these states, but for the `keep` newest of all. */
export async function endedBehindNewest(
  db: Kysely<Schema>,
  device: number,
  { keep, states }: { readonly keep: number; readonly states: readonly AssignmentState[] },
): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('assignment')
    .select(['number', 'state'])
    .where('device', '=', device)
    .orderBy('number', 'desc')
    .execute();
  return rows.slice(keep).flatMap(({ number, state }) => (states.includes(state) ? [number] : []));
}

/** Numbers of a tenant's assignments that a filter over the list's own fields names, the oldest first. */
export async function numbersOfAssignments(
  db: Kysely<Schema>,
  tenant: number,
  { filter, limit }: { readonly filter: SettledFilter; readonly limit: number },
): Promise<readonly number[]> {
  const rows = await selectAssignmentIds(db, tenant)
    .select('assignment.number')
    .where(filterSql(filter, ASSIGNMENT_LIST.fields))
    .orderBy('assignment.number')
    .limit(limit)
    .execute();
  return rows.map(({ number }) => number);
}
