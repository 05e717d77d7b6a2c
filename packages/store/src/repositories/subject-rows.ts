import type { CompiledQuery, Kysely, RawBuilder } from 'kysely';
import { sql } from 'kysely';
import type { Dialect } from '../command.ts';
import { runCompiled } from '../database/kysely-database.ts';
import { SharedRead } from '../database/shared-read.ts';
import type { Schema } from '../schema.ts';

/** Subjects that one statement reads for. */
const MAX_SUBJECTS_PER_READ = 100;

/** One row, or one for each open assignment; none where there is no such tenant. */
export type ReadSubject<Row> = (tenantFold: string, subject: string) => Promise<readonly Row[]>;

/** A statement from a tenant's device identity outwards. Its parameters in order: subject or subjects, folded tenant name. */
export type SubjectQuery<Row> = {
  readonly build: (
    db: Kysely<Schema>,
    isSubject: RawBuilder<boolean>,
  ) => { readonly compile: () => CompiledQuery<Row> };
  /** Over a row of a tenant: nobody is known to it under the name that was asked for. */
  readonly nobody: Partial<Row>;
};

/**
 * Prepares a statement that reads who asks, compiled once. In PostgreSQL, where the way to the database costs more than
 * the read, those who ask together share one.
 */
export function subjectReader<Row extends { readonly subject: string | null }>(
  db: Kysely<Schema>,
  dialect: Dialect,
  query: SubjectQuery<Row>,
): ReadSubject<Row> {
  return dialect === 'postgres' ? readTogether(db, query) : readAlone(db, query);
}

function readAlone<Row>(db: Kysely<Schema>, { build }: SubjectQuery<Row>): ReadSubject<Row> {
  const compiled = build(db, sql<boolean>`i.subject = ${''}`).compile();
  return async (tenantFold, subject) =>
    (await runCompiled<Row>(db, { ...compiled, parameters: [subject, tenantFold] })).rows;
}

type TenantRow = {
  readonly tenant_id: number;
  readonly tenant_name: string;
  readonly target_tokens: number;
  readonly gateway_tokens: number;
  readonly trusted_header: number;
  readonly header_authorities: string;
};

/** What a tenant lets devices in by. */
export function tenantAccessOf(row: TenantRow) {
  return {
    id: row.tenant_id,
    name: row.tenant_name,
    targetTokens: row.target_tokens === 1,
    gatewayTokens: row.gateway_tokens === 1,
    headerAuthorities: row.trusted_header === 1 ? row.header_authorities : null,
  };
}

type Subject = { readonly tenantFold: string; readonly subject: string };

function readTogether<Row extends { readonly subject: string | null }>(
  db: Kysely<Schema>,
  { build, nobody }: SubjectQuery<Row>,
): ReadSubject<Row> {
  const compiled = build(db, sql<boolean>`i.subject = any (${''}::text[])`).compile();
  const rowsOf = async (tenantFold: string, subjects: readonly string[]): Promise<readonly Row[]> =>
    (await runCompiled<Row>(db, { ...compiled, parameters: [subjects, tenantFold] })).rows;
  const shared = new SharedRead<Subject, readonly Row[]>(async (asked) => {
    const byTenant = Map.groupBy(asked, ({ tenantFold }) => tenantFold);
    const found = await Promise.all(
      [...byTenant].map(async ([tenantFold, some]) => {
        const rows = await rowsOf(tenantFold, [...new Set(some.map(({ subject }) => subject))]);
        return [tenantFold, { any: rows[0], bySubject: Map.groupBy(rows, (row) => row.subject) }] as const;
      }),
    );
    const tenants = new Map(found);
    return asked.map(({ tenantFold, subject }) => {
      const { any, bySubject } = tenants.get(tenantFold) ?? {};
      return bySubject?.get(subject) ?? (any === undefined ? [] : [{ ...any, ...nobody }]);
    });
  }, MAX_SUBJECTS_PER_READ);
  return (tenantFold, subject) => shared.of({ tenantFold, subject });
}
