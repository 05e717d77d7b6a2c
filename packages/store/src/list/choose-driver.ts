import type { SettledFilter } from '@updraft/core';
import { sql } from 'kysely';
import { fieldOf } from './filter-sql.ts';
import { findRows, type FoundRows, type IdSelect, isFoundExactly, isScanned, type LargeList } from './find-rows.ts';

/** Rows that hold everything a filter matches, found by index. `count` goes up to one more than the bound asked for. */
export type Driver = FoundRows & {
  readonly count: number;
  /** More rows match than the bound that was asked for, for sure. */
  readonly exceeds: boolean;
  /** Of an `and`: what its other terms are found by, the fewest first. All of them hold every match, too. */
  readonly beside: readonly (readonly IdSelect[])[];
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
  const drivers: Driver[] = [];
  for (const term of filter.terms) {
    const driver = await choose(choice, term);
    if (driver !== null) drivers.push(driver);
  }
  const [best, ...others] = drivers.toSorted((a, b) => a.count - b.count);
  if (best === undefined) return null;
  const beside = [...best.beside, ...others.map(({ selects }) => selects)];
  return { ...best, beside, exceeds: best.exceeds && filter.terms.length === 1 };
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
    beside: [],
    own: ownOf(drivers),
  };
}

function ownOf(drivers: readonly Driver[]): Driver['own'] {
  const conditions = drivers.map(({ own }) => own);
  if (conditions.length === 0 || conditions.includes(null)) return null;
  return sql<boolean>`(${sql.join(conditions, sql` or `)})`;
}

async function probe(choice: Choice, comparison: Parameters<typeof findRows>[1]): Promise<Driver | null> {
  choice.probes += 1;
  if (choice.probes > MAX_PROBES) return null;
  const found = await findRows(choice.list, comparison);
  if (found === null) return null;
  const { selects, own } = found;
  if (selects.length === 0) return { selects, own, count: 0, exceeds: false, beside: [] };
  const field = fieldOf(choice.list.fields, comparison.field);
  const named = isScanned(field) ? await nameFew(choice.list, selects) : null;
  if (named !== null) return { ...named, own: null, exceeds: false, beside: [] };
  const count = await countUpTo(choice, selects);
  const exceeds = count > choice.bound && isFoundExactly(field, comparison);
  return { selects, own, count, exceeds, beside: [] };
}

/** What took a look through a whole table is kept by its ids, where they are few: it is not looked for again. */
async function nameFew(
  list: LargeList,
  selects: readonly IdSelect[],
): Promise<Pick<Driver, 'selects' | 'count'> | null> {
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
