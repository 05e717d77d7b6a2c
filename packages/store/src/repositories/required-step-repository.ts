import type { RequiredStep } from '@updraft/core';
import { sql, type Kysely } from 'kysely';
import { compiledOnce } from '../database/compiled-once.ts';
import type { Schema } from '../schema.ts';

/** The required steps of a tenant. One that is withdrawn is required no more: it could not be installed. */
export async function requiredStepsOf(db: Kysely<Schema>, tenant: number): Promise<readonly RequiredStep[]> {
  const { rows } = await stepsOf(db, { tenant });
  return [...Map.groupBy(rows, ({ id }) => id).values()].flatMap((mine) =>
    mine.slice(0, 1).flatMap(({ id, name, version, counter }) => {
      const deviceTypes = mine.flatMap(({ type }) => type ?? []);
      return counter === null ? [] : [{ id, name, version, counter, deviceTypes }];
    }),
  );
}

const stepsOf = compiledOnce((db, { tenant }: { readonly tenant: number }) =>
  db
    .selectFrom('release as l')
    .leftJoin('release_device_type as x', 'x.release', 'l.id')
    .leftJoin('device_type as y', 'y.id', 'x.device_type')
    .select(['l.id', 'l.name', 'l.version', 'l.counter', 'y.name as type'])
    .where('l.tenant', '=', tenant)
    .where('l.required_step', '=', sql.lit(1))
    .where('l.state', '=', 'published'),
);
