import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import type { RolloutRow } from './rollout-repository.ts';

/** What an assignment is of, by the names that people know. */
export type NamedAssignment = {
  readonly id: number;
  /** Of its rollout: that of a direct assignment has no name of its own. */
  readonly kind: RolloutRow['kind'];
  readonly named: {
    readonly number: number;
    readonly release: { readonly id: string; readonly name: string; readonly version: string };
    readonly rollout: { readonly id: string; readonly name: string; readonly state: RolloutRow['state'] };
  };
};

/** Some assignments of one device with release and rollout, the oldest first. */
export async function namedAssignments(
  db: Kysely<Schema>,
  assignments: readonly { readonly id: number }[],
): Promise<readonly NamedAssignment[]> {
  if (assignments.length === 0) return [];
  const rows = await db
    .selectFrom('assignment as a')
    .innerJoin('rollout as r', 'r.id', 'a.rollout')
    .innerJoin('release as l', 'l.id', 'r.release')
    .select(['a.id', 'a.number', 'r.kind', 'r.uid as rollout', 'r.name as rollout_name', 'r.state as rollout_state'])
    .select(['l.uid as release', 'l.name', 'l.version'])
    .where(
      'a.id',
      'in',
      assignments.map(({ id }) => id),
    )
    .orderBy('a.id')
    .execute();
  return rows.map(({ id, number, kind, ...row }) => ({
    id,
    kind,
    named: {
      number,
      release: { id: row.release, name: row.name, version: row.version },
      rollout: { id: row.rollout, name: row.rollout_name, state: row.rollout_state },
    },
  }));
}
