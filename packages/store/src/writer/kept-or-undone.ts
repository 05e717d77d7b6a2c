import { sql } from 'kysely';
import type { CommandContext } from '../command.ts';

/**
 * Does `work`, and takes it back with its locks unless it says that it is to be kept; tells whether it is. Nothing of it
 * may have been noted outside the database.
 */
export async function keptOrUndone({ db }: CommandContext, work: () => Promise<boolean>): Promise<boolean> {
  await sql`savepoint trial`.execute(db);
  const isKept = await work();
  if (!isKept) await sql`rollback to savepoint trial`.execute(db);
  await sql`release savepoint trial`.execute(db);
  return isKept;
}
