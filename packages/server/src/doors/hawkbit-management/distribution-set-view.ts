import type { DistributionSet } from '@updraft/protocols/hawkbit-management';
import type { ReleaseRow } from '@updraft/store';
import type { ManagementParts } from './handler.ts';
import { setViews, type Shown } from './software-view.ts';

/** A release as a distribution set. */
export async function distributionSetView(
  { store }: ManagementParts,
  row: ReleaseRow,
  shown: Shown,
): Promise<DistributionSet> {
  const [view] = await setViews(store.reader, [row], shown);
  if (view === undefined) throw new Error(`the release ${row.id} has no view`);
  return view;
}
