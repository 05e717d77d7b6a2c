import type { GateFacts, OpenAssignment, RequiredStep, RolloutPolicy, WindowMoment } from '@updraft/core';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Dialect } from '../command.ts';
import type { Schema } from '../schema.ts';
import type { PollStamp } from './poll-stamp-repository.ts';
import {
  deviceInContact,
  GATED_DEVICE_COLUMNS,
  OPEN_COLUMNS,
  openAssignmentOf,
  type GatedDeviceRow,
  type OpenParts,
  type OpenRow,
} from './open-assignment-repository.ts';
import { subjectReader, tenantAccessOf } from './subject-rows.ts';

/** What one read tells of a tenant, a device and its open assignments. */
export type PolledDevice = {
  readonly id: number;
  /** sha256 of its own token, hex; null where it has none. */
  readonly tokenHash: string | null;
  readonly attributesWanted: boolean;
  /** The wire id under which its running release was brought; null: it is not known. */
  readonly installedNumber: number | null;
  /** Of the assignment that lists show as its current one: until one is written there, the oldest open one. */
  readonly shownAssignment: number | null;
  readonly stamp: PollStamp;
  /** When it was read: the facts are those of this moment, epoch ms. */
  readonly readAt: number;
  readonly facts: GateFacts['device'];
  readonly open: readonly PolledAssignment[];
};
export type PolledAssignment = {
  readonly assignment: OpenAssignment;
  readonly rolloutId: number;
  readonly attemptId: number | null;
  readonly attemptRevision: number;
};
export type PolledTenant = {
  readonly id: number;
  readonly name: string;
  readonly pollIntervalSeconds: number;
  /** JSON: core's poll rules; empty: none. */
  readonly pollRules: string;
  readonly targetTokens: boolean;
  readonly gatewayTokens: boolean;
  /** Issuers in whose name a named proxy may say who a device is, as they are written; null: it may not. */
  readonly headerAuthorities: string | null;
};
export type Polled = { readonly tenant: PolledTenant; readonly device: PolledDevice | null };

/** Null where there is no such tenant; `device` is null where none has the subject at that door. */
export type PollReader = (tenantFold: string, subject: string) => Promise<Polled | null>;

/** Given at once where it is known: a promise for each would be a good part of an assignment's reading. */
export type Remembered<T> = T | Promise<T>;

/** What changes less often than devices ask, and is remembered by who reads. */
export interface PollMemory {
  /** The database's clock as it is known here, epoch ms. */
  now(): number;
  /** Names of the device types that a release is for; fixed once it is published. */
  deviceTypes(release: number): Remembered<readonly string[]>;
  /** The tenant's, as of its `rollouts_revision`. */
  requiredSteps(tenant: number, revision: number): Remembered<readonly RequiredStep[]>;
  /** The rollout's, as of its own revision. */
  policy(rollout: number, revision: number): Remembered<RolloutPolicy>;
  window(policy: RolloutPolicy, zone: string, now: number): WindowMoment;
}

/** The read of a poll: flat, from the identity outwards, every step by an index. */
export function preparePollReader(db: Kysely<Schema>, memory: PollMemory, dialect: Dialect): PollReader {
  const read = subjectReader<PollRow>(db, dialect, { build: pollQuery, nobody: NOBODY });
  return async (tenantFold, subject) => {
    const rows = await read(tenantFold, subject);
    const [first] = rows;
    if (first === undefined) return null;
    const readAt = memory.now();
    const open: PolledAssignment[] = [];
    for (const row of rows) {
      if (row.assignment_id === null) continue;
      const one = polledAssignment(row, memory, readAt);
      open.push(one instanceof Promise ? await one : one);
    }
    return { tenant: tenantOf(first), device: deviceOf(first, open, readAt) };
  };
}

/** Over a row of a tenant: nobody is known to it under the name that was asked for. */
const NOBODY = { subject: null, token_hash: null, device_id: null, assignment_id: null } as const;

/** Parameters in order: subject or subjects, folded tenant name. */
function pollQuery(db: Kysely<Schema>, isSubject: RawBuilder<boolean>) {
  return db
    .selectFrom('tenant as n')
    .leftJoin('device_identity as i', (on) =>
      on.onRef('i.tenant', '=', 'n.id').on('i.door', '=', sql.lit('ddi')).on(isSubject),
    )
    .leftJoin('device as d', 'd.id', 'i.device')
    .leftJoin('device_type as y', 'y.id', 'd.type')
    .leftJoin('release as u', 'u.id', 'd.running_release_id')
    .leftJoin('assignment as a', (on) => on.onRef('a.device', '=', 'd.id').on('a.ended_at', 'is', null))
    .leftJoin('attempt as t', 't.id', 'a.attempt_id')
    .leftJoin('rollout as r', 'r.id', 'a.rollout')
    .leftJoin('phase as p', (on) => on.onRef('p.rollout', '=', 'a.rollout').onRef('p.number', '=', 'a.phase'))
    .leftJoin('release as l', 'l.id', 'r.release')
    .leftJoin('pace as w', (on) => on.onRef('w.rollout', '=', 'a.rollout').on('w.site', '=', sql.lit('')))
    .leftJoin('pace as v', (on) => on.onRef('v.rollout', '=', 'a.rollout').onRef('v.site', '=', 'd.site'))
    .select([
      'n.id as tenant_id',
      'n.name as tenant_name',
      'n.target_tokens',
      'n.gateway_tokens',
      'n.trusted_header',
      'n.header_authorities',
      'n.poll_rules',
      'n.rollouts_revision',
      'i.subject',
      'i.token_hash',
      'd.id as device_id',
      'd.attributes_wanted',
      'd.installed_number',
      'd.revision as device_revision',
      'd.assignment_id as shown_assignment',
    ])
    .select(GATED_DEVICE_COLUMNS)
    .select(OPEN_COLUMNS)
    .where('n.name_fold', '=', '');
}

type PollRow = Awaited<ReturnType<ReturnType<typeof pollQuery>['executeTakeFirstOrThrow']>> & OpenRow;

/** The row carries an assignment, with the rollout and the release that it belongs to. */
function polledAssignment(row: PollRow, memory: PollMemory, now: number): Remembered<PolledAssignment> {
  const whole = row as PollRow & { readonly [K in 'rollout_id' | 'rollout_revision' | 'release_id']: number };
  const policy = memory.policy(whole.rollout_id, whole.rollout_revision);
  const deviceTypes = memory.deviceTypes(whole.release_id);
  const requiredSteps = memory.requiredSteps(row.tenant_id, row.rollouts_revision);
  if (policy instanceof Promise || deviceTypes instanceof Promise || requiredSteps instanceof Promise)
    return Promise.all([policy, deviceTypes, requiredSteps]).then(([known, types, steps]) =>
      assignmentFrom(row, { policy: known, deviceTypes: types, requiredSteps: steps, memory, now }),
    );
  return assignmentFrom(row, { policy, deviceTypes, requiredSteps, memory, now });
}

type Beside = Pick<OpenParts, 'policy' | 'deviceTypes' | 'requiredSteps'> & {
  readonly memory: PollMemory;
  readonly now: number;
};

function assignmentFrom(row: PollRow, { memory, now, ...beside }: Beside): PolledAssignment {
  const { policy } = beside;
  const zone = row.zone === null || row.zone === '' ? policy.windows.zone : row.zone;
  const parts = { ...beside, window: memory.window(policy, zone, now), site: row.site ?? '' };
  return {
    assignment: openAssignmentOf(row, parts),
    rolloutId: row.rollout_id ?? 0,
    attemptId: row.attempt_id,
    attemptRevision: row.attempt_revision ?? 0,
  };
}

function tenantOf(row: PollRow): PolledTenant {
  return {
    ...tenantAccessOf(row),
    pollIntervalSeconds: row.poll_interval_seconds,
    pollRules: row.poll_rules,
  };
}

function deviceOf(row: PollRow, open: readonly PolledAssignment[], readAt: number): PolledDevice | null {
  if (row.device_id === null) return null;
  return {
    id: row.device_id,
    tokenHash: row.token_hash,
    attributesWanted: row.attributes_wanted === 1,
    installedNumber: row.installed_number,
    shownAssignment: row.shown_assignment ?? oldestOf(open),
    stamp: { deviceRevision: row.device_revision ?? 0, rolloutsRevision: row.rollouts_revision },
    readAt,
    facts: deviceInContact(row as PollRow & GatedDeviceRow, readAt),
    open,
  };
}

function oldestOf(open: readonly PolledAssignment[]): number | null {
  return open.reduce<number | null>((oldest, { assignment: { id } }) => Math.min(oldest ?? id, id), null);
}
