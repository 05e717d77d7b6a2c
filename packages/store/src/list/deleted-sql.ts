import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';

/** Whether a list shows what is kept for history only: without it, only it, or all. */
export type DeletedShown = 'without' | 'only' | 'with';

/** As a condition on a table that marks such rows. */
export function deletedSql(table: string, shown: DeletedShown): RawBuilder<boolean> {
  if (shown === 'with') return sql<boolean>`1 = 1`;
  return sql<boolean>`${sql.ref(`${table}.deleted`)} = ${shown === 'only' ? sql.lit(1) : sql.lit(0)}`;
}
