import type { SavedFilter } from '@updraft/protocols';
import { countsOf, policyOf, releasesOf, type SavedFilterWithJoins, type Schema } from '@updraft/store';
import type { Kysely } from 'kysely';
import type { z } from 'zod';
import { policyView } from './policy-view.ts';
import { timestamp } from './timestamp.ts';

export type SavedFilterView = z.output<typeof SavedFilter>;

/** Rows as the API shows them, in the order given. */
export async function savedFilterViews(
  db: Kysely<Schema>,
  rows: readonly SavedFilterWithJoins[],
): Promise<SavedFilterView[]> {
  const releases = await releasesOf(db, [...new Set(rows.flatMap(({ auto_release: release }) => release ?? []))]);
  const counts = await countsOf(
    db,
    rows.flatMap(({ auto_rollout: rollout }) => rollout ?? []),
  );
  const assignedBy = (rollout: number) =>
    counts.filter((count) => count.rollout === rollout).reduce((sum, { n }) => sum + n, 0);
  return rows.map((row) => ({
    id: row.uid,
    name: row.name,
    description: row.description,
    query: row.query,
    autoAssignment: autoOf(row, releases, assignedBy),
    createdAt: timestamp(row.created_at),
    createdBy: row.created_by,
    revision: row.revision,
  }));
}

function autoOf(
  row: SavedFilterWithJoins,
  releases: Awaited<ReturnType<typeof releasesOf>>,
  assignedBy: (rollout: number) => number,
): SavedFilterView['autoAssignment'] {
  const { auto_release, auto_rollout, auto_policy, auto_weight, rollout_uid, rollout_state } = row;
  const release = auto_release === null ? undefined : releases.get(auto_release);
  if (release === undefined || auto_rollout === null || auto_policy === null || auto_weight === null) return null;
  if (rollout_uid === null || rollout_state === null)
    throw new Error(`the saved filter ${row.id} has lost its rollout ${auto_rollout}`);
  return {
    release,
    weight: auto_weight,
    policy: policyView(policyOf(auto_policy)),
    rollout: rollout_uid,
    state: rollout_state,
    assigned: assignedBy(auto_rollout),
  };
}
