import { migrate } from '../migrations/migrate.ts';
import { transactionOver } from './kysely-database.ts';
import { SqliteConnection } from './sqlite-connection.ts';

/** Makes the file where it is missing and brings its schema to date. The data directory's lock is held. */
export async function migrateSqlite(file: string, upTo?: number): Promise<void> {
  const connection = new SqliteConnection(file);
  try {
    connection.database.exec('begin immediate');
    await migrate(await transactionOver('sqlite', connection), 'sqlite', upTo);
    connection.database.exec('commit');
  } finally {
    connection.close();
  }
}
