import { StoreError } from '../database/store-error.ts';
import { LATEST_MIGRATION } from '../migrations/migrate.ts';
import type { DatabaseSource } from './database-source.ts';
import type { DatabaseTarget } from './database-target.ts';
import { tableFor } from './database-target.ts';

/** Told after each slice: how many rows of the table have been copied. */
export type OnCopied = (table: string, rows: number) => void;

/**
 * Copies every table into an empty database and compares the counts; all or nothing. Tells the rows by table. What the
 * source sees is one moment: whoever writes to it meanwhile is not in the copy.
 */
export async function copyDatabase(
  source: DatabaseSource,
  target: DatabaseTarget,
  onCopied: OnCopied = () => undefined,
): Promise<ReadonlyMap<string, number>> {
  const rows = new Map<string, number>();
  const identities = new Map<string, number>();
  for (const table of source.tables) {
    const into = tableFor(target, table);
    rows.set(table.name, 0);
    onCopied(table.name, 0);
    for await (const slice of source.rowsOf(table)) {
      await target.write(into, slice);
      const copied = (rows.get(table.name) ?? 0) + slice.length;
      rows.set(table.name, copied);
      onCopied(table.name, copied);
    }
    if (table.hasIdentity) identities.set(table.name, await source.lastIdentity(table));
  }
  await target.finish({ rows, identities });
  return rows;
}

/** Throws where the source was never migrated, or by a newer program. */
export function refuseUnknownSchema({ migration }: Pick<DatabaseSource, 'migration'>): void {
  if (migration === 0)
    throw new StoreError('database-missing', 'the database holds no tables of Updraft: start the server once');
  if (migration > LATEST_MIGRATION)
    throw new StoreError(
      'database-too-new',
      `the database is at migration ${migration}, this program knows ${LATEST_MIGRATION}: use the newer program`,
    );
}
