import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { Dialect } from '../command.ts';
import type { Schema } from '../schema.ts';

/**
 * A table in the words that both databases share. In `columns`, `integer` becomes PostgreSQL's bigint, `text` is
 * compared by code point, and `identity` is a bigint that is never given twice, also not after a deletion.
 */
export type Table = {
  readonly name: string;
  readonly columns: string;
  /** SQLite: rows live in the primary key itself. */
  readonly withoutRowid?: true;
};

/** `on`, then the columns, then perhaps a condition: `{ on: 'device', columns: 'tenant, id' }`. */
export type Index = {
  readonly on: string;
  readonly columns: string;
  readonly unique?: true;
  readonly where?: string;
};

export async function createTable(db: Kysely<Schema>, dialect: Dialect, table: Table): Promise<void> {
  const options = dialect === 'sqlite' ? ` strict${table.withoutRowid ? ', without rowid' : ''}` : '';
  const columns = dialect === 'sqlite' ? sqliteColumns(table.columns) : postgresColumns(table.columns);
  await sql.raw(`create table "${table.name}" (${columns})${options}`).execute(db);
}

export async function createIndex(db: Kysely<Schema>, index: Index): Promise<void> {
  const name = [index.on, ...index.columns.split(', '), ...(index.where === undefined ? [] : ['partial'])].join('__');
  const condition = index.where === undefined ? '' : ` where ${index.where}`;
  const unique = index.unique ? 'unique ' : '';
  await sql.raw(`create ${unique}index "${name}" on "${index.on}" (${index.columns})${condition}`).execute(db);
}

/** A CHECK's condition that `column` holds one of `words`, or null where the column may. */
export function oneOf(column: string, words: readonly string[]): string {
  return `check (${column} in (${words.map((word) => `'${word}'`).join(', ')}))`;
}

/** A whole column that holds 0 or 1. */
export function flag(column: string): string {
  return `${column} integer not null check (${column} in (0, 1))`;
}

function sqliteColumns(columns: string): string {
  return columns.replaceAll(/\bidentity primary key\b/g, 'integer primary key autoincrement');
}

function postgresColumns(columns: string): string {
  return columns
    .replaceAll(/\bidentity primary key\b/g, 'bigint generated always as identity primary key')
    .replaceAll(/\binteger\b/g, 'bigint')
    .replaceAll(/\btext\b/g, 'text collate "C"');
}
