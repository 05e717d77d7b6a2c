import {
  completePolicy,
  EVIDENCE,
  isPaced,
  type AssignmentAggregate,
  type Attempt,
  type AttemptRules,
  type EvidenceRule,
  type PhaseState,
  type RolloutPolicy,
} from '@updraft/core';
import { sql, type Kysely, type Selectable } from 'kysely';
import type { CommandContext } from '../command.ts';
import { compiledOnce } from '../database/compiled-once.ts';
import { parsedOnce } from '../database/parsed-once.ts';
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
  /** Its rollout stops. */
  readonly isStopping: boolean;
  /** Its first attempt's wire id. */
  readonly number: number;
  readonly release: number;
  /** What its device runs, as far as is known. */
  readonly runningRelease: number | null;
  readonly attemptId: number | null;
  /** Its attempt's wire id; null where none is born. */
  readonly attemptNumber: number | null;
  readonly site: string;
  readonly aggregate: AssignmentAggregate;
};

/** What a rollout's `policy` column holds. */
export const policyOf = parsedOnce<RolloutPolicy>((json) => completePolicy(JSON.parse(json) as Partial<RolloutPolicy>));

/** The policy of a rollout that is there. */
export async function readPolicy(db: Kysely<Schema>, rollout: number): Promise<RolloutPolicy> {
  const [row] = (await selectPolicy(db, { rollout })).rows;
  if (row === undefined) throw new Error(`no rollout ${rollout}`);
  return policyOf(row.policy);
}

const selectPolicy = compiledOnce((db, { rollout }: { readonly rollout: number }) =>
  db.selectFrom('rollout').select('policy').where('id', '=', rollout),
);

/** One assignment with its newest attempt and the rules that they run under. */
export async function loadAssignment(db: Kysely<Schema>, id: number): Promise<StoredAssignment | undefined> {
  const [row] = (await readStored(db, { id })).rows;
  return row === undefined ? undefined : storedOf(row);
}

/** The same of many, by their ids; those that are gone are left out. */
export async function loadAssignments(
  { db, dialect }: CommandContext,
  ids: readonly number[],
): Promise<ReadonlyMap<number, StoredAssignment>> {
  const { rows } =
    dialect === 'sqlite' ? await readListedStored(db, { list: JSON.stringify(ids) }) : await readAllStored(db, { ids });
  return new Map(rows.map((row) => [row.id, storedOf(row)]));
}

/** An attempt's wire id, found: of which assignment, on which device. */
export type WireIdOwner = {
  readonly id: number;
  readonly device: number;
  /** Whether it is the number of an assignment, or of one of its retries. */
  readonly isFirst: boolean;
};

/** The assignment that bears the wire id `number` in a tenant, as its own or as that of a retry. */
export async function findByWireId(
  db: Kysely<Schema>,
  tenant: number,
  number: number,
): Promise<WireIdOwner | undefined> {
  const first = await findAssignmentByNumber(db, tenant, number);
  if (first !== undefined) return { ...first, isFirst: true };
  const [retry] = (await readRetryByNumber(db, { tenant, number })).rows;
  return retry === undefined ? undefined : { ...retry, isFirst: false };
}

/** It is forced from now on; the caller has taken the device's row. */
export async function markForced({ db }: CommandContext, assignment: number): Promise<void> {
  await db
    .updateTable('assignment')
    .set((eb) => ({ forced: 1 as const, revision: eb('revision', '+', 1) }))
    .where('id', '=', assignment)
    .execute();
}

/** The assignment of the number `number` in a tenant. */
export async function findAssignmentByNumber(
  db: Kysely<Schema>,
  tenant: number,
  number: number,
): Promise<{ readonly id: number; readonly device: number } | undefined> {
  return (await readByNumber(db, { tenant, number })).rows[0];
}

const readByNumber = compiledOnce((db, { tenant, number }: { readonly tenant: number; readonly number: number }) =>
  db.selectFrom('assignment').select(['id', 'device']).where('tenant', '=', tenant).where('number', '=', number),
);

const readRetryByNumber = compiledOnce((db, { tenant, number }: { readonly tenant: number; readonly number: number }) =>
  db
    .selectFrom('attempt')
    .select(['assignment as id', 'device'])
    .where('tenant', '=', tenant)
    .where('number', '=', number)
    .where('ordinal', '>', sql.lit(1)),
);

const readAllStored = compiledOnce((db, { ids }: { readonly ids: readonly number[] }) =>
  selectStored(db).where(sql<boolean>`a.id = any (${ids}::bigint[])`),
);

const readListedStored = compiledOnce((db, { list }: { readonly list: string }) =>
  selectStored(db).where(sql<boolean>`a.id in (select value from json_each(${list}))`),
);

const readStored = compiledOnce((db, { id }: { readonly id: number }) => selectStored(db).where('a.id', '=', id));

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
    .leftJoin('device_attribute as v', (on) =>
      on.onRef('v.device', '=', 'd.id').onRef('v.key', '=', 'y.version_attribute'),
    )
    .leftJoin('device_attribute as s', (on) =>
      on.onRef('s.device', '=', 'd.id').onRef('s.key', '=', 'y.slot_attribute'),
    )
    .leftJoin('device_attribute as b', (on) =>
      on.onRef('b.device', '=', 'd.id').onRef('b.key', '=', 'y.boot_id_attribute'),
    )
    .select([
      'a.id',
      'a.tenant',
      'a.device',
      'a.rollout',
      'a.phase',
      'a.number',
      'a.state',
      'a.reason',
      'a.message',
      'a.attempts',
      'a.erred',
      'a.not_before',
      'a.failed_attempts',
      'a.cancel_intent',
      'a.ended_at',
      'a.attempt_id',
      'n.poll_interval_seconds',
      'r.release',
      'r.policy',
      'r.state as rollout_state',
      'l.version',
      'd.name as device_name',
      'd.site',
      'd.running_release_id',
      'p.state as phase_state',
      'p.asks_consent as phase_asks_consent',
      'y.version_attribute',
      'y.slot_attribute',
      'y.boot_id_attribute',
      'y.verifying_seconds',
      'v.value as known_version',
      's.value as known_slot',
      'b.value as known_boot_id',
      't.number as attempt_number',
      't.consent',
      't.asks_again_at',
      't.message as attempt_message',
      't.pace_held',
      't.slot_before',
      't.boot_id_before',
      't.state as attempt_state',
      't.state_at',
      't.canceled_from',
      't.evidence',
      't.offered_at',
      't.install_offered_at',
      't.begun_at',
      't.cancel_refused_at',
      't.refused_at',
      't.refusal',
      't.refusals',
      't.heard_at',
      't.ended_at as attempt_ended_at',
      't.reason as attempt_reason',
    ]);
}

type StoredRow = Awaited<ReturnType<ReturnType<typeof selectStored>['executeTakeFirstOrThrow']>>;

function storedOf(row: StoredRow): StoredAssignment {
  return {
    id: row.id,
    tenant: row.tenant,
    device: row.device,
    deviceName: row.device_name,
    rollout: row.rollout,
    phase: row.phase,
    phaseState: row.phase_state,
    isStopping: row.rollout_state === 'stopping',
    number: row.number,
    release: row.release,
    runningRelease: row.running_release_id,
    attemptId: row.attempt_id,
    attemptNumber: row.attempt_number,
    site: row.site,
    aggregate: {
      assignment: {
        state: row.state,
        reason: row.reason,
        message: row.message,
        attempts: row.attempts,
        erred: row.erred === 1,
        notBefore: row.not_before,
        failedAttempts: row.failed_attempts,
        cancelIntent: row.cancel_intent,
        endedAt: row.ended_at,
      },
      attempt: attemptOf(row),
      rules: rulesOf(row),
    },
  };
}

/** A phase may ask where its rollout does not, or the reverse. */
export function consentIn({ consent }: RolloutPolicy, phaseAsks: 0 | 1 | null): RolloutPolicy['consent'] {
  return phaseAsks === null ? consent : { ...consent, required: phaseAsks === 1 };
}

/** The device type says what shows the new version, and how long that may take. */
function rulesOf(row: StoredRow): AttemptRules {
  const policy = policyOf(row.policy);
  const verifying = row.verifying_seconds;
  const timeLimits =
    verifying === null
      ? policy.timeLimits
      : { ...policy.timeLimits, awaitingReportSeconds: verifying, awaitingEvidenceSeconds: verifying };
  return {
    timeLimits,
    evidence: evidenceOf(row),
    pollIntervalSeconds: row.poll_interval_seconds,
    retries: row.rollout_state === 'stopping' ? null : policy.retries,
    retryKey: `${row.tenant}/${row.number}`,
    consent: consentIn(policy, row.phase_asks_consent),
    downloadOnly: policy.action.kind === 'download-only',
    paced: isPaced(policy.pace),
  };
}

function evidenceOf(row: StoredRow): EvidenceRule {
  const {
    version_attribute: versionAttribute,
    slot_attribute: slotAttribute,
    boot_id_attribute: bootIdAttribute,
  } = row;
  if (versionAttribute === null && slotAttribute === null && bootIdAttribute === null) return null;
  const known = { version: row.known_version, slot: row.known_slot, bootId: row.known_boot_id };
  return { versionAttribute, expectedVersion: row.version, slotAttribute, bootIdAttribute, known };
}

function attemptOf(row: StoredRow): Attempt | null {
  if (row.attempt_state === null || row.state_at === null) return null;
  const words = (row.evidence ?? '').split(',');
  return {
    state: row.attempt_state,
    stateAt: row.state_at,
    canceledFrom: row.canceled_from,
    consent: row.consent,
    asksAgainAt: row.asks_again_at,
    evidence: EVIDENCE.filter((kind) => words.includes(kind)),
    offeredAt: row.offered_at,
    installOfferedAt: row.install_offered_at,
    begunAt: row.begun_at,
    cancelRefusedAt: row.cancel_refused_at,
    refusedAt: row.refused_at,
    refusal: row.refusal,
    refusals: row.refusals ?? 0,
    heardAt: row.heard_at,
    endedAt: row.attempt_ended_at,
    reason: row.attempt_reason,
    message: row.attempt_message,
    paceHeld: row.pace_held === 1,
    slotBefore: row.slot_before,
    bootIdBefore: row.boot_id_before,
  };
}

export type AssignmentAfter = {
  readonly aggregate: AssignmentAggregate;
  /** The row of its attempt; null where none is born. */
  readonly attemptId: number | null;
  /** Its release runs from now on; the device's row still says what ran before. */
  readonly brought: boolean;
};

/**
 * Writes what `decide` made of an assignment. An ended attempt of an assignment that goes on is its attempt no more: what
 * reads it finds none born (design: 6-data 2).
 */
export async function saveAssignment(
  context: CommandContext,
  stored: StoredAssignment,
  after: AssignmentAfter,
): Promise<void> {
  const { assignment, attempt } = after.aggregate;
  const goesOn = assignment.endedAt === null && attempt !== null && attempt.endedAt !== null;
  await writeAssignment(context.db, {
    id: stored.id,
    state: assignment.state,
    reason: assignment.reason,
    message: assignment.message,
    attempts: assignment.attempts,
    erred: assignment.erred ? 1 : 0,
    not_before: assignment.notBefore,
    failed_attempts: assignment.failedAttempts,
    cancel_intent: assignment.cancelIntent,
    ended_at: assignment.endedAt,
    attempt_id: goesOn ? null : after.attemptId,
    // It ends but once: before that nothing was brought.
    from_release: after.brought ? stored.runningRelease : null,
  });
}

type WrittenColumn =
  | 'state'
  | 'reason'
  | 'message'
  | 'attempts'
  | 'erred'
  | 'not_before'
  | 'failed_attempts'
  | 'cancel_intent'
  | 'ended_at'
  | 'attempt_id'
  | 'from_release';
type WrittenAssignment = Pick<Selectable<Schema['assignment']>, 'id' | WrittenColumn>;

const writeAssignment = compiledOnce((db, row: WrittenAssignment) =>
  db
    .updateTable('assignment')
    .set((eb) => ({
      state: row.state,
      reason: row.reason,
      message: row.message,
      attempts: row.attempts,
      erred: row.erred,
      not_before: row.not_before,
      failed_attempts: row.failed_attempts,
      cancel_intent: row.cancel_intent,
      ended_at: row.ended_at,
      attempt_id: row.attempt_id,
      from_release: row.from_release,
      revision: eb('revision', '+', 1),
    }))
    .where('id', '=', row.id),
);
