import { sql } from 'kysely';
import { changedAtSql, changedBySql } from './changed-sql.ts';
import type { ListFields } from './list-fields.ts';

/** What lists of kinds, of components as of releases, sort and filter by. */
export function kindFields(table: 'component_kind' | 'release_kind') {
  return {
    number: { type: 'number', column: `${table}.id`, sortable: true },
    name: { type: 'text', column: `${table}.name_fold`, sortable: true },
    key: { type: 'text', column: `${table}.key_fold`, sortable: true },
    description: { type: 'text', column: sql`lower(${sql.ref(`${table}.description`)})` },
    createdAt: { type: 'instant', column: `${table}.created_at` },
    createdBy: { type: 'text', column: sql`lower(${sql.ref(`${table}.created_by`)})` },
    changedAt: { type: 'instant', column: changedAtSql(table) },
    changedBy: { type: 'text', column: changedBySql(table) },
  } as const satisfies ListFields;
}
