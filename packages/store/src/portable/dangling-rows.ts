import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Schema } from '../schema.ts';

const MAX_COUNTED = 1000;

export type Dangling = { readonly what: string; readonly rows: number };

type Reference = { readonly what: string; readonly table: string; readonly missing: RawBuilder<boolean> };

/** Rows `one` of a table that name what is not there. Ended assignments of devices that are gone are no fault. */
const REFERENCES: readonly Reference[] = [
  {
    what: 'assignments without their rollout',
    table: 'assignment',
    missing: sql<boolean>`not exists (select 1 from rollout as r where r.id = one.rollout)`,
  },
  {
    what: 'assignments without their phase',
    table: 'assignment',
    missing: sql<boolean>`not exists (select 1 from phase as p where p.rollout = one.rollout and p.number = one.phase)`,
  },
  {
    what: 'open assignments without their device',
    table: 'assignment',
    missing: sql<boolean>`one.ended_at is null and not exists (select 1 from device as d where d.id = one.device)`,
  },
  {
    what: 'assignments without their attempt',
    table: 'assignment',
    missing: sql<boolean>`one.attempt_id is not null and not exists (
      select 1 from attempt as t where t.id = one.attempt_id and t.assignment = one.id)`,
  },
  {
    what: 'attempts without their assignment',
    table: 'attempt',
    missing: sql<boolean>`not exists (select 1 from assignment as a where a.id = one.assignment)`,
  },
  {
    what: 'reports without their attempt',
    table: 'report',
    missing: sql<boolean>`not exists (select 1 from attempt as t where t.id = one.attempt)`,
  },
  {
    what: 'devices that show an assignment which is not theirs',
    table: 'device',
    missing: sql<boolean>`one.assignment_id is not null and not exists (
      select 1 from assignment as a where a.id = one.assignment_id and a.device = one.id)`,
  },
];

/** Of each kind of reference how many rows of the youngest `sampled` dangle, up to some; null looks at all. */
export async function danglingRows(db: Kysely<Schema>, sampled: number | null): Promise<readonly Dangling[]> {
  const found: Dangling[] = [];
  for (const { what, table, missing } of REFERENCES) {
    const youngest = sampled === null ? sql`` : sql`order by id desc limit ${sql.lit(sampled)}`;
    const { rows } = await sql<{ n: number }>`select count(*) as n from (
      select 1 as dangling from (select * from ${sql.table(table)} ${youngest}) as one
      where ${missing} limit ${sql.lit(MAX_COUNTED)}) as counted`.execute(db);
    const [{ n } = { n: 0 }] = rows;
    if (n > 0) found.push({ what, rows: n });
  }
  return found;
}
