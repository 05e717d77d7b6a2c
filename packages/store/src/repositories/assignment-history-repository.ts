import { ASSIGNMENT_STANDINGS, ASSIGNMENT_STATES, ATTEMPT_STATES, DEVICE_STANDINGS } from '@updraft/core';
import { sql, type Kysely, type RawBuilder, type Selectable } from 'kysely';
import type { ListDeclaration } from '../list/list-fields.ts';
import { shownNameSql } from './device-list.ts';
import { assignmentStandingSql, lastCodeSql, standingSql } from '../list/standing-sql.ts';
import { asksConsentSql, shownStateSql } from '../list/shown-state-sql.ts';
import type { Schema } from '../schema.ts';

export type AttemptRow = Selectable<Schema['attempt']>;

/** Assignments with what their view shows beside the row; lists go on from it. Those of deleted devices are left out. */
export function selectAssignments(db: Kysely<Schema>) {
  return db
    .selectFrom('assignment')
    .innerJoin('device', 'device.id', 'assignment.device')
    .innerJoin('rollout', 'rollout.id', 'assignment.rollout')
    .innerJoin('release', 'release.id', 'rollout.release')
    .innerJoin('phase', (on) =>
      on.onRef('phase.rollout', '=', 'assignment.rollout').onRef('phase.number', '=', 'assignment.phase'),
    )
    .leftJoin('attempt', 'attempt.id', 'assignment.attempt_id')
    .select([
      'assignment.id',
      'assignment.tenant',
      'assignment.number',
      'assignment.state',
      'assignment.reason',
      'assignment.message',
      'assignment.failed_attempts',
      'assignment.not_before',
      'assignment.created_at',
      'assignment.ended_at',
      'assignment.revision',
      'device.name as device_name',
      'rollout.uid as rollout_uid',
      'release.uid as release_uid',
      'release.name as release_name',
      'release.version as release_version',
      'phase.state as phase_state',
      'attempt.state as attempt_state',
      'attempt.revision as attempt_revision',
    ])
    .select(asksConsentSql.as('asks_consent'));
}

/** When it ended, or its attempt came to where it is. */
const CHANGED_AT = sql`coalesce(assignment.ended_at, attempt.state_at, assignment.created_at)`;
function ofRollout(value: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(case when rollout.kind in ('rollout', 'return') then ${value} end)`;
}
const SHOWN_STATES = [...new Set<string>([...ATTEMPT_STATES, ...ASSIGNMENT_STATES, 'verifying'])];

export const ASSIGNMENT_LIST: ListDeclaration = {
  fields: {
    number: { type: 'number', column: 'assignment.number', sortable: true },
    device: { type: 'text', column: 'device.name_fold' },
    rollout: { type: 'exact', column: 'rollout.uid' },
    release: { type: 'exact', column: 'release.uid' },
    state: { type: 'word', words: SHOWN_STATES, column: shownStateSql },
    open: { type: 'flag', column: sql<number>`(case when assignment.ended_at is null then 1 else 0 end)` },
    createdAt: { type: 'instant', column: 'assignment.created_at' },
    endedAt: { type: 'instant', column: 'assignment.ended_at' },
    standing: { type: 'word', words: ASSIGNMENT_STANDINGS, column: assignmentStandingSql },
    lastCode: { type: 'number', column: lastCodeSql },
    weight: { type: 'number', column: 'rollout.weight' },
    createdBy: { type: 'text', column: sql`lower(rollout.created_by)` },
    changedAt: { type: 'instant', column: CHANGED_AT },
    'device.displayName': { type: 'text', column: shownNameSql },
    'device.address': { type: 'text', column: 'device.address_fold' },
    'device.standing': { type: 'word', words: DEVICE_STANDINGS, column: standingSql },
    'release.number': { type: 'number', column: 'release.id' },
    'release.name': { type: 'text', column: 'release.name_fold' },
    'release.version': { type: 'text', column: 'release.version_fold' },
    'release.kind': {
      type: 'text',
      column: sql`(select lower(k.key) from release_kind as k where k.id = release.kind)`,
    },
    // Direct and automatic assignments are carried by rollouts that are shown nowhere.
    'rollout.number': { type: 'number', column: ofRollout(sql`rollout.id`) },
    'rollout.name': { type: 'text', column: ofRollout(sql`rollout.name_fold`) },
    phase: { type: 'number', column: 'assignment.phase' },
    /** A rollout's number and its phase's in one, as APIs that number phases apart show them. */
    'phase.number': { type: 'number', column: ofRollout(sql`assignment.rollout * 1000 + assignment.phase`) },
    'phase.name': { type: 'text', column: ofRollout(sql`phase.name_fold`) },
    /** The name that something outside gave it: nothing does. */
    externalName: { type: 'text', column: sql`cast(null as text)` },
  },
  id: 'assignment.id',
  defaultSort: '-number',
};

export type AssignmentWithJoins = Awaited<ReturnType<ReturnType<typeof selectAssignments>['executeTakeFirstOrThrow']>>;

export async function findAssignment(
  db: Kysely<Schema>,
  tenant: number,
  number: number,
): Promise<AssignmentWithJoins | undefined> {
  return selectAssignments(db)
    .where('assignment.tenant', '=', tenant)
    .where('assignment.number', '=', number)
    .executeTakeFirst();
}

/** The assignment of a device that ended last. */
export async function lastEndedAssignment(
  db: Kysely<Schema>,
  device: number,
): Promise<AssignmentWithJoins | undefined> {
  return selectAssignments(db)
    .where('assignment.device', '=', device)
    .where('assignment.ended_at', 'is not', null)
    .orderBy('assignment.ended_at', 'desc')
    .orderBy('assignment.id', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** All assignments of a direct rollout: at most as many as one request names. */
export async function assignmentsOfRollout(
  db: Kysely<Schema>,
  rollout: number,
): Promise<readonly AssignmentWithJoins[]> {
  return selectAssignments(db).where('assignment.rollout', '=', rollout).orderBy('assignment.number').execute();
}

/** The attempts of these assignments, each assignment's in the order in which they were made. */
export async function attemptsOf(db: Kysely<Schema>, assignments: readonly number[]): Promise<readonly AttemptRow[]> {
  if (assignments.length === 0) return [];
  return db
    .selectFrom('attempt')
    .selectAll()
    .where('assignment', 'in', assignments)
    .orderBy('assignment')
    .orderBy('ordinal')
    .execute();
}
