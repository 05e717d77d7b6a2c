import type { GateFacts, OpenAssignment } from '@updraft/core';
import { sql, type CompiledQuery, type Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import { OPEN_COLUMNS, openAssignmentOf, type OpenRow } from './open-assignment-repository.ts';

/** What one read tells of a tenant, a device and its open assignments. */
export type PolledDevice = {
  readonly id: number;
  /** sha256 of its own token, hex; null where it has none. */
  readonly tokenHash: string | null;
  readonly attributesWanted: boolean;
  /** Of the assignment that lists show as its current one. */
  readonly shownAssignment: number | null;
  readonly facts: GateFacts['device'];
  readonly open: readonly PolledAssignment[];
};
export type PolledAssignment = {
  readonly assignment: OpenAssignment;
  readonly attemptId: number | null;
  readonly attemptRevision: number;
};
export type PolledTenant = {
  readonly id: number;
  readonly name: string;
  readonly pollIntervalSeconds: number;
  readonly targetTokens: boolean;
  readonly gatewayTokens: boolean;
};
export type Polled = { readonly tenant: PolledTenant; readonly device: PolledDevice | null };

/** Null where there is no such tenant; `device` is null where none has the subject at that door. */
export type PollReader = (tenantFold: string, subject: string) => Promise<Polled | null>;

/**
 * The read of a poll: flat, from the identity outwards, every step by an index, compiled once. `deviceTypes` tells for
 * which device types a release is; published releases never change, so that its caller may remember them.
 */
export function preparePollReader(
  db: Kysely<Schema>,
  deviceTypes: (release: number) => Promise<readonly string[]>,
): PollReader {
  const compiled = pollQuery(db).compile();
  return async (tenantFold, subject) => {
    const query: CompiledQuery<PollRow> = { ...compiled, parameters: [subject, tenantFold] };
    const { rows } = await db.executeQuery(query);
    const [first] = rows;
    if (first === undefined) return null;
    const open: PolledAssignment[] = [];
    for (const row of rows) {
      const assignment = openAssignmentOf(row, row.release_id === null ? [] : await deviceTypes(row.release_id));
      if (assignment !== null)
        open.push({ assignment, attemptId: row.attempt_id, attemptRevision: row.attempt_revision ?? 0 });
    }
    return { tenant: tenantOf(first), device: deviceOf(first, open) };
  };
}

/** Parameters in order: subject, folded tenant name. */
function pollQuery(db: Kysely<Schema>) {
  return db
    .selectFrom('tenant as n')
    .leftJoin('device_identity as i', (on) =>
      on.onRef('i.tenant', '=', 'n.id').on('i.door', '=', sql.lit('ddi')).on('i.subject', '=', ''),
    )
    .leftJoin('device as d', 'd.id', 'i.device')
    .leftJoin('device_type as y', 'y.id', 'd.type')
    .leftJoin('assignment as a', (on) => on.onRef('a.device', '=', 'd.id').on('a.ended_at', 'is', null))
    .leftJoin('attempt as t', 't.id', 'a.attempt_id')
    .leftJoin('rollout as r', 'r.id', 'a.rollout')
    .leftJoin('phase as p', (on) => on.onRef('p.rollout', '=', 'a.rollout').onRef('p.number', '=', 'a.phase'))
    .leftJoin('release as l', 'l.id', 'r.release')
    .select([
      'n.id as tenant_id',
      'n.name as tenant_name',
      'n.poll_interval_seconds',
      'n.target_tokens',
      'n.gateway_tokens',
      'i.token_hash',
      'd.id as device_id',
      'd.name as device_name',
      'd.identity',
      'd.running_release_id',
      'd.attributes_wanted',
      'd.assignment_id as shown_assignment',
      'y.name as type_name',
    ])
    .select(OPEN_COLUMNS)
    .where('n.name_fold', '=', '');
}

type PollRow = Awaited<ReturnType<ReturnType<typeof pollQuery>['executeTakeFirstOrThrow']>> & OpenRow;

function tenantOf(row: PollRow): PolledTenant {
  return {
    id: row.tenant_id,
    name: row.tenant_name,
    pollIntervalSeconds: row.poll_interval_seconds,
    targetTokens: row.target_tokens === 1,
    gatewayTokens: row.gateway_tokens === 1,
  };
}

function deviceOf(row: PollRow, open: readonly PolledAssignment[]): PolledDevice | null {
  if (row.device_id === null || row.device_name === null || row.identity === null) return null;
  return {
    id: row.device_id,
    tokenHash: row.token_hash,
    attributesWanted: row.attributes_wanted === 1,
    shownAssignment: row.shown_assignment,
    facts: {
      name: row.device_name,
      identity: row.identity,
      type: row.type_name,
      runningReleaseId: row.running_release_id,
    },
    open,
  };
}
