import type { GateFacts } from '@updraft/core';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Dialect } from '../command.ts';
import type { Schema } from '../schema.ts';
import type { PolledTenant } from './poll-repository.ts';
import { subjectReader, tenantAccessOf } from './subject-rows.ts';

/** An open assignment whose attempt bears a wire id. */
export type Bearer = { readonly assignment: number; readonly number: number };

/** What lets a device in that reports, and which of its assignments it may speak of. */
export type ReporterDevice = {
  readonly id: number;
  /** sha256 of its own token, hex; null where it has none. */
  readonly tokenHash: string | null;
  readonly facts: Pick<GateFacts['device'], 'name' | 'identity' | 'type'>;
  readonly bearers: readonly Bearer[];
};
export type Reporter = {
  readonly tenant: Pick<PolledTenant, 'id' | 'name' | 'targetTokens' | 'gatewayTokens' | 'headerAuthorities'>;
  /** Null where none has the subject at that door. */
  readonly device: ReporterDevice | null;
};

/** Null where there is no such tenant. */
export type ReporterReader = (tenantFold: string, subject: string) => Promise<Reporter | null>;

/** The read of a report: a poll's without what only its gates ask for, which is most of it. */
export function prepareReporterReader(db: Kysely<Schema>, dialect: Dialect): ReporterReader {
  const read = subjectReader<ReporterRow>(db, dialect, { build: reporterQuery, nobody: NOBODY });
  return async (tenantFold, subject) => {
    const rows = await read(tenantFold, subject);
    const [first] = rows;
    return first === undefined ? null : { tenant: tenantAccessOf(first), device: deviceOf(first, rows) };
  };
}

const NOBODY = { subject: null, token_hash: null, device_id: null, assignment_id: null, attempt_number: null } as const;

/** Parameters in order: subject or subjects, folded tenant name. */
function reporterQuery(db: Kysely<Schema>, isSubject: RawBuilder<boolean>) {
  return db
    .selectFrom('tenant as n')
    .leftJoin('device_identity as i', (on) =>
      on.onRef('i.tenant', '=', 'n.id').on('i.door', '=', sql.lit('ddi')).on(isSubject),
    )
    .leftJoin('device as d', 'd.id', 'i.device')
    .leftJoin('device_type as y', 'y.id', 'd.type')
    .leftJoin('assignment as a', (on) => on.onRef('a.device', '=', 'd.id').on('a.ended_at', 'is', null))
    .leftJoin('attempt as t', 't.id', 'a.attempt_id')
    .select([
      'n.id as tenant_id',
      'n.name as tenant_name',
      'n.target_tokens',
      'n.gateway_tokens',
      'n.trusted_header',
      'n.header_authorities',
      'i.subject',
      'i.token_hash',
      'd.id as device_id',
      'd.name as device_name',
      'd.identity',
      'y.name as type_name',
      'a.id as assignment_id',
      't.number as attempt_number',
    ])
    .where('n.name_fold', '=', '');
}

type ReporterRow = Awaited<ReturnType<ReturnType<typeof reporterQuery>['executeTakeFirstOrThrow']>>;

function deviceOf(row: ReporterRow, rows: readonly ReporterRow[]): ReporterDevice | null {
  const { device_id: id, device_name: name, identity } = row;
  if (id === null || name === null || identity === null) return null;
  return { id, tokenHash: row.token_hash, facts: { name, identity, type: row.type_name }, bearers: bearersOf(rows) };
}

function bearersOf(rows: readonly ReporterRow[]): readonly Bearer[] {
  return rows.flatMap(({ assignment_id: assignment, attempt_number: number }) =>
    assignment === null || number === null ? [] : [{ assignment, number }],
  );
}
