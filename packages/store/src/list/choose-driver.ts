import type { SettledFilter } from '@updraft/core';
import { sql } from 'kysely';
import { fieldOf } from './filter-sql.ts';
import { findRows, type IdSelect, isFoundExactly, isScanned, type LargeList } from './find-rows.ts';

/** Rows that hold everything a filter matches, found by index. `count` goes up to one more than the bound asked for. */
export type Driver = {
  readonly selects: readonly IdSelect[];
  readonly count: number;
  /** More rows match than the bound that was asked for, for sure. */
  readonly exceeds: boolean;
};

/** Comparisons whose rows are counted to find the fewest; the others are only judged. */
const MAX_PROBES = 12;
/** Ids that a statement names one by one. */
const MAX_NAMED = 2000;

/**
 * The fewest rows that an index gives and that hold every match: of an `and` those of its best term, of an `or` those of
 * all its terms. Null where no index helps.
 */
export async function chooseDriver(list: LargeList, filter: SettledFilter, bound: number): Promise<Driver | null> {
  return choose({ list, bound, probes: 0 }, filter);
}

type Choice = { readonly list: LargeList; readonly bound: number; probes: number };

async function choose(choice: Choice, filter: SettledFilter): Promise<Driver | null> {
  if (!('terms' in filter)) return probe(choice, filter);
  if (filter.type === 'or') return chooseAll(choice, filter.terms);
  let best: Driver | null = null;
  for (const term of filter.terms) {
    const driver = await choose(choice, term);
    if (driver !== null && (best === null || driver.count < best.count)) best = driver;
  }
  return best === null ? null : { ...best, exceeds: best.exceeds && filter.terms.length === 1 };
}

async function chooseAll(choice: Choice, terms: readonly SettledFilter[]): Promise<Driver | null> {
  const drivers: Driver[] = [];
  for (const term of terms) {
    const driver = await choose(choice, term);
    if (driver === null) return null;
    drivers.push(driver);
  }
  return {
    selects: drivers.flatMap(({ selects }) => selects),
    count: drivers.reduce((sum, { count }) => sum + count, 0),
    // Not by their sum: a row may be found by several.
    exceeds: drivers.some(({ exceeds }) => exceeds),
  };
}

async function probe(choice: Choice, comparison: Parameters<typeof findRows>[1]): Promise<Driver | null> {
  choice.probes += 1;
  if (choice.probes > MAX_PROBES) return null;
  const selects = await findRows(choice.list, comparison);
  if (selects === null) return null;
  if (selects.length === 0) return { selects, count: 0, exceeds: false };
  const field = fieldOf(choice.list.fields, comparison.field);
  const named = isScanned(field) ? await nameFew(choice.list, selects) : null;
  if (named !== null) return { ...named, exceeds: false };
  const count = await countUpTo(choice, selects);
  return { selects, count, exceeds: count > choice.bound && isFoundExactly(field, comparison) };
}

/** What took a look through a whole table is kept by its ids, where they are few: it is not looked for again. */
async function nameFew(list: LargeList, selects: readonly IdSelect[]): Promise<Omit<Driver, 'exceeds'> | null> {
  const found = sql<{ id: number }>`select id from (${unionOf(selects)}) as found limit ${sql.lit(MAX_NAMED + 1)}`;
  const { rows } = await found.execute(list.db);
  if (rows.length > MAX_NAMED) return null;
  const ids = rows.map(({ id }) => sql.lit(id));
  if (ids.length === 0) return { selects: [], count: 0 };
  const own: IdSelect = sql`select ${sql.ref(list.id)} as id from ${sql.table(list.table)} where ${sql.ref(list.id)} in (${sql.join(ids)})`;
  return { selects: [own], count: ids.length };
}

async function countUpTo({ list, bound }: Choice, selects: readonly IdSelect[]): Promise<number> {
  const counted = sql`select 1 from (${unionOf(selects)}) as found limit ${sql.lit(bound + 1)}`;
  const { rows } = await sql<{ n: number }>`select count(*) as n from (${counted}) as counted`.execute(list.db);
  return rows[0]?.n ?? 0;
}

/** The ids of several selections, some perhaps twice. */
export function unionOf(selects: readonly IdSelect[]): IdSelect {
  return sql`${sql.join(
    selects.map((select) => sql`select id from (${select}) as part`),
    sql` union all `,
  )}`;
}
