import {
  filterMoments,
  findRollout,
  leftOut,
  leftOutForRoom,
  phaseSpecOf,
  phasesOf,
  quotaOf,
  type RolloutRow,
  type Schema,
} from '@updraft/store';
import type { Kysely } from 'kysely';
import type { Scope } from '../access/scope.ts';
import { sampleViews } from './device-samples.ts';
import type { PreviewView } from './rollout-preview.ts';

type Excluded = PreviewView['excluded'];

/**
 * Devices that a return leaves out of those that its parent brought its release, and why; of any other rollout, whose
 * filter says the rest before it is made, those that have as many assignments as they may have. Looks at every device of
 * the tenant: for the long reader.
 */
export async function leftOutOf(reader: Kysely<Schema>, rollout: RolloutRow): Promise<Excluded> {
  const quota = quotaOf(rollout);
  const isOfReturn = rollout.relation === 'return';
  if (!isOfReturn && (quota === null || (rollout.left_out === 0 && rollout.join_at === null))) return [];
  const moments = await filterMoments(reader, rollout.tenant, rollout.created_at);
  const phases = (await phasesOf(reader, [rollout.id])).map(({ spec }) => phaseSpecOf(spec));
  const choice = { ...rollout, phases, moments };
  return [
    ...(isOfReturn ? sampleViews(await leftOut(reader, choice)) : []),
    ...(quota === null ? [] : sampleViews(await leftOutForRoom(reader, choice, { id: rollout.id, most: quota.most }))),
  ];
}

/** Rollouts as they are shown, each with those that it leaves out. */
export async function withLeftOut<View extends { readonly id: string }>(
  reader: Kysely<Schema>,
  { tenant }: Scope,
  views: readonly View[],
): Promise<(View & { excluded: Excluded })[]> {
  const told: (View & { excluded: Excluded })[] = [];
  for (const view of views) {
    const row = await findRollout(reader, tenant, view.id);
    told.push({ ...view, excluded: row === undefined ? [] : await leftOutOf(reader, row) });
  }
  return told;
}
