import type { Kysely, Transaction } from 'kysely';
import { sql } from 'kysely';
import type { Dialect } from '../command.ts';
import { StoreError } from '../database/store-error.ts';
import type { Schema } from '../schema.ts';
import { first } from './0001-first.ts';
import type { Migration } from './migration.ts';
import { createTable } from './table.ts';

/** In the order of their numbers, which have no gaps. */
const MIGRATIONS: readonly Migration[] = [first];
export const LATEST_MIGRATION = MIGRATIONS.length;

/**
 * Brings the schema to what this program knows; does nothing where it is there already. Runs in one transaction under a
 * lock that its caller holds, so that of many servers one migrates and none sees half. Who fills it with rows of an
 * older schema asks for that first, by `upTo`. Throws `database-too-new`.
 */
export async function migrate(db: Transaction<Schema>, dialect: Dialect, upTo = LATEST_MIGRATION): Promise<void> {
  const applied = await appliedNumber(db, dialect);
  const asked = Math.max(applied, upTo);
  if (asked > LATEST_MIGRATION)
    throw new StoreError(
      'database-too-new',
      `the database is at migration ${asked}, this program knows ${LATEST_MIGRATION}: start the newer program`,
    );
  for (const { number, name, up } of MIGRATIONS.slice(applied, upTo)) {
    await up(db, dialect);
    await db.insertInto('migration').values({ number, name, applied_at: Date.now() }).execute();
  }
}

async function appliedNumber(db: Transaction<Schema>, dialect: Dialect): Promise<number> {
  if (await hasMigrationTable(db, dialect)) {
    const row = await db
      .selectFrom('migration')
      .select(sql<number>`max(number)`.as('number'))
      .executeTakeFirst();
    return row?.number ?? 0;
  }
  await createTable(db, dialect, {
    name: 'migration',
    columns: 'number integer primary key, name text not null, applied_at integer not null',
  });
  return 0;
}

async function hasMigrationTable(db: Kysely<Schema>, dialect: Dialect): Promise<boolean> {
  const query =
    dialect === 'sqlite'
      ? sql<{ n: number }>`select count(*) as n from sqlite_schema where type = 'table' and name = 'migration'`
      : sql<{ n: number }>`select count(to_regclass('migration')) as n`;
  return ((await query.execute(db)).rows[0]?.n ?? 0) > 0;
}
