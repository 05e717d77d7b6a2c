import {
  copyDatabase,
  createDatabaseTarget,
  lockDataDir,
  openDatabaseSource,
  parseDatabaseUrl,
  refuseUnknownSchema,
} from '@updraft/store';
import type { Progress } from './progress.ts';
import { UpkeepError } from './upkeep-error.ts';

export type DatabaseCopy = { readonly dataDir: string; readonly from: string; readonly to: string };

/**
 * Moves what a server keeps in SQLite to an empty PostgreSQL database, in one transaction. No server may run on the data
 * directory meanwhile: what it wrote would be lost. Tells the rows by table, which were compared. Throws
 * `data-dir-in-use`, `database-not-empty`, `database-inconsistent`, `database-unreachable`.
 */
export async function copyToPostgres(
  { dataDir, from, to }: DatabaseCopy,
  progress: Progress,
): Promise<ReadonlyMap<string, number>> {
  const [source, target] = [parseDatabaseUrl(from, dataDir), parseDatabaseUrl(to, dataDir)];
  if (source.dialect !== 'sqlite' || target.dialect !== 'postgres')
    throw new UpkeepError(
      'usage',
      '"updraft db copy" copies from SQLite to postgres://USER:PASSWORD@HOST:PORT/DATABASE',
    );
  using _lock = lockDataDir(dataDir);
  await using reading = await openDatabaseSource(source);
  refuseUnknownSchema(reading);
  await using writing = await createDatabaseTarget(target, reading.migration);
  return await copyDatabase(reading, writing, (table, rows) => progress(`table ${table}`, rows));
}
