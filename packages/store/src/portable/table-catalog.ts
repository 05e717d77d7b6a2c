import type { Dialect } from '../command.ts';

/** Asks a database and gives rows as objects. */
export type Ask = <R>(sql: string) => Promise<readonly R[]>;

/** A table as any copy of it is written and read: its columns in their order, and whether it numbers its rows. */
export type PortableTable = {
  readonly name: string;
  readonly columns: readonly string[];
  readonly hasIdentity: boolean;
};

/** Written by the migrations themselves, in the source as in the target. */
const NOT_COPIED: ReadonlySet<string> = new Set(['migration']);

/**
 * Every table that a copy of the database must hold, from what the database says of itself: a table that a migration
 * adds is in every backup without anybody's doing.
 */
export async function readCatalog(ask: Ask, dialect: Dialect): Promise<readonly PortableTable[]> {
  const rows = await ask<{ name: string; column: string; numbered: number }>(COLUMNS[dialect]);
  const tables = new Map<string, { columns: string[]; hasIdentity: boolean }>();
  for (const { name, column, numbered } of rows) {
    if (NOT_COPIED.has(name)) continue;
    const table = tables.get(name) ?? { columns: [], hasIdentity: false };
    tables.set(name, { columns: [...table.columns, column], hasIdentity: table.hasIdentity || numbered === 1 });
  }
  return [...tables].map(([name, table]) => ({ name, ...table }));
}

/** The number of the migration that the schema stands at; 0 where it was never made. */
export async function readMigrationNumber(ask: Ask, dialect: Dialect): Promise<number> {
  const [found] = await ask<{ n: number }>(HAS_MIGRATIONS[dialect]);
  if (found === undefined || found.n === 0) return 0;
  const [last] = await ask<{ number: number | null }>('select max(number) as number from migration');
  return last?.number ?? 0;
}

const COLUMNS = {
  sqlite: `
    select tables.name as name, columns.name as "column",
      columns.pk = 1 and tables.sql like '%autoincrement%' as numbered
    from sqlite_schema as tables, pragma_table_info(tables.name) as columns
    where tables.type = 'table' and tables.name not like 'sqlite~_%' escape '~'
    order by tables.name, columns.cid`,
  postgres: `
    select tables.table_name as name, columns.column_name as "column",
      case when columns.is_identity = 'YES' then 1 else 0 end as numbered
    from information_schema.tables as tables
    join information_schema.columns as columns
      on columns.table_schema = tables.table_schema and columns.table_name = tables.table_name
    where tables.table_schema = current_schema() and tables.table_type = 'BASE TABLE'
    order by tables.table_name collate "C", columns.ordinal_position`,
} as const;

const HAS_MIGRATIONS = {
  sqlite: `select count(*) as n from sqlite_schema where type = 'table' and name = 'migration'`,
  postgres: `select count(to_regclass('migration')) as n`,
} as const;
