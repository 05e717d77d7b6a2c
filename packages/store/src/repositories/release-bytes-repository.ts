import { sql, type Kysely } from 'kysely';
import type { Schema } from '../schema.ts';

/** What a device downloads of each of these releases. */
export async function releaseBytes(
  db: Kysely<Schema>,
  releases: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  if (releases.length === 0) return new Map();
  const rows = await db
    .selectFrom('release_component as x')
    .innerJoin('component_artifact as y', 'y.component', 'x.component')
    .innerJoin('artifact as z', 'z.id', 'y.artifact')
    .select(['x.release', sql<number>`sum(z.size)`.as('bytes')])
    .where('x.release', 'in', releases)
    .groupBy('x.release')
    .execute();
  return new Map(rows.map(({ release, bytes }) => [release, Number(bytes)]));
}
