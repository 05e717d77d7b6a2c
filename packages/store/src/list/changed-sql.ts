import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';

/** When a row was last changed by somebody: 0 stands for not since it was made. */
export function changedAtSql(table: string): RawBuilder<number> {
  return sql<number>`(case when ${sql.ref(`${table}.changed_at`)} = 0 then ${sql.ref(`${table}.created_at`)}
    else ${sql.ref(`${table}.changed_at`)} end)`;
}

/** By whom, in lower case. */
export function changedBySql(table: string): RawBuilder<string> {
  return sql<string>`lower(case when ${sql.ref(`${table}.changed_at`)} = 0 then ${sql.ref(`${table}.created_by`)}
    else ${sql.ref(`${table}.changed_by`)} end)`;
}
