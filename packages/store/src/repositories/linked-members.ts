import { sql, type RawBuilder } from 'kysely';
import type { RolloutRow } from './rollout-repository.ts';

export type LinkedRollout = Pick<RolloutRow, 'parent' | 'relation' | 'previous_release'>;

/**
 * What a linked rollout asks of a `device` beside its filter; null where it asks nothing. A retry takes those that failed
 * in its parent, a return those that took its parent's release, still run it, and ran the one that it leads back to.
 */
export function linkedMembers({ parent, relation, previous_release }: LinkedRollout): RawBuilder<boolean> | null {
  if (parent === null) return null;
  switch (relation) {
    case 'retry':
      return sql<boolean>`device.id in (
        select m.device from assignment as m where m.rollout = ${parent} and m.state = 'failed')`;
    case 'return':
      return sql<boolean>`device.id in (
        select m.device from assignment as m
        where m.rollout = ${parent} and m.state = 'succeeded' and m.from_release = ${previous_release})
        and device.running_release_id = (select o.release from rollout as o where o.id = ${parent})`;
    case 'clone':
    case null:
      return null;
  }
}
