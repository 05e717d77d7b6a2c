import {
  DEFAULT_TIME_LIMITS,
  EVIDENCE,
  type AssignmentAggregate,
  type Attempt,
  type EvidenceRule,
  type PhaseState,
  type TimeLimits,
} from '@updraft/core';
import type { Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { Schema } from '../schema.ts';

/** An assignment as `decide` reads it, with the keys of the rows it came from. */
export type StoredAssignment = {
  readonly id: number;
  readonly tenant: number;
  readonly device: number;
  readonly deviceName: string;
  readonly rollout: number;
  readonly phase: number;
  readonly phaseState: PhaseState;
  /** Its first attempt's wire id. */
  readonly number: number;
  readonly release: number;
  readonly attemptId: number | null;
  readonly aggregate: AssignmentAggregate;
};

/** What a rollout's `policy` column holds. */
export type RolloutPolicy = {
  readonly timeLimits: TimeLimits;
  /** Start by itself as soon as its assignments are made. */
  readonly startsWhenReady: boolean;
};

export function policyOf(json: string): RolloutPolicy {
  const stored = JSON.parse(json) as Partial<RolloutPolicy>;
  return {
    timeLimits: { ...DEFAULT_TIME_LIMITS, ...stored.timeLimits },
    startsWhenReady: stored.startsWhenReady ?? false,
  };
}

/** One assignment with its newest attempt and the rules that they run under. */
export async function loadAssignment(db: Kysely<Schema>, id: number): Promise<StoredAssignment | undefined> {
  const row = await selectStored(db).where('a.id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : storedOf(row);
}

/** The id of the assignment that bears the wire id `number` in a tenant. */
export async function findAssignmentByNumber(
  db: Kysely<Schema>,
  tenant: number,
  number: number,
): Promise<{ readonly id: number; readonly device: number } | undefined> {
  return db
    .selectFrom('assignment')
    .select(['id', 'device'])
    .where('tenant', '=', tenant)
    .where('number', '=', number)
    .executeTakeFirst();
}

function selectStored(db: Kysely<Schema>) {
  return db
    .selectFrom('assignment as a')
    .innerJoin('tenant as n', 'n.id', 'a.tenant')
    .innerJoin('rollout as r', 'r.id', 'a.rollout')
    .innerJoin('release as l', 'l.id', 'r.release')
    .innerJoin('device as d', 'd.id', 'a.device')
    .innerJoin('phase as p', (on) => on.onRef('p.rollout', '=', 'a.rollout').onRef('p.number', '=', 'a.phase'))
    .leftJoin('device_type as y', 'y.id', 'd.type')
    .leftJoin('attempt as t', 't.id', 'a.attempt_id')
    .select([
      'a.id',
      'a.tenant',
      'a.device',
      'a.rollout',
      'a.phase',
      'a.number',
      'a.state',
      'a.reason',
      'a.failed_attempts',
      'a.cancel_intent',
      'a.ended_at',
      'a.attempt_id',
      'n.poll_interval_seconds',
      'r.release',
      'r.policy',
      'l.version',
      'd.name as device_name',
      'p.state as phase_state',
      'y.version_attribute',
      't.state as attempt_state',
      't.state_at',
      't.canceled_from',
      't.evidence',
      't.offered_at',
      't.install_offered_at',
      't.begun_at',
      't.cancel_refused_at',
      't.heard_at',
      't.ended_at as attempt_ended_at',
      't.reason as attempt_reason',
    ]);
}

type StoredRow = Awaited<ReturnType<ReturnType<typeof selectStored>['executeTakeFirstOrThrow']>>;

function storedOf(row: StoredRow): StoredAssignment {
  const evidence: EvidenceRule =
    row.version_attribute === null ? null : { versionAttribute: row.version_attribute, expectedVersion: row.version };
  return {
    id: row.id,
    tenant: row.tenant,
    device: row.device,
    deviceName: row.device_name,
    rollout: row.rollout,
    phase: row.phase,
    phaseState: row.phase_state,
    number: row.number,
    release: row.release,
    attemptId: row.attempt_id,
    aggregate: {
      assignment: {
        state: row.state,
        reason: row.reason,
        failedAttempts: row.failed_attempts,
        cancelIntent: row.cancel_intent,
        endedAt: row.ended_at,
      },
      attempt: attemptOf(row),
      rules: {
        timeLimits: policyOf(row.policy).timeLimits,
        evidence,
        pollIntervalSeconds: row.poll_interval_seconds,
      },
    },
  };
}

function attemptOf(row: StoredRow): Attempt | null {
  if (row.attempt_state === null || row.state_at === null) return null;
  const words = (row.evidence ?? '').split(',');
  return {
    state: row.attempt_state,
    stateAt: row.state_at,
    canceledFrom: row.canceled_from,
    evidence: EVIDENCE.filter((kind) => words.includes(kind)),
    offeredAt: row.offered_at,
    installOfferedAt: row.install_offered_at,
    begunAt: row.begun_at,
    cancelRefusedAt: row.cancel_refused_at,
    heardAt: row.heard_at,
    endedAt: row.attempt_ended_at,
    reason: row.attempt_reason,
  };
}

/** Writes what `decide` made of an assignment; `attemptId` is the row of its attempt, or null where none is born. */
export async function saveAssignment(
  context: CommandContext,
  stored: StoredAssignment,
  after: { readonly aggregate: AssignmentAggregate; readonly attemptId: number | null },
): Promise<void> {
  const { assignment } = after.aggregate;
  await context.db
    .updateTable('assignment')
    .set((eb) => ({
      state: assignment.state,
      reason: assignment.reason,
      failed_attempts: assignment.failedAttempts,
      cancel_intent: assignment.cancelIntent,
      ended_at: assignment.endedAt,
      attempt_id: after.attemptId,
      revision: eb('revision', '+', 1),
    }))
    .where('id', '=', stored.id)
    .execute();
}
