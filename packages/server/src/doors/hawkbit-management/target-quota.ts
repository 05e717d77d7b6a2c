import { draftCounts, filterMoments } from '@updraft/store';
import type { Scope } from '../../access/scope.ts';
import type { ManagementParts, ManagementRefusal } from './handler.ts';

/** What is refused of so many targets; null where they are not too many. */
export function tooManyTargets({ quotas }: ManagementParts, what: string, count: number): ManagementRefusal | null {
  if (quotas.targets === null || count <= quotas.targets) return null;
  return { error: 'quota.tooManyEntries', message: `${what} has at most ${quotas.targets} targets, not ${count}.` };
}

/** The same of the targets that an automatic assignment of a release matches now. Looks at every one of them. */
export async function tooManyMatching(
  parts: ManagementParts,
  scope: Scope,
  { release, filter }: { readonly release: number; readonly filter: string },
): Promise<ManagementRefusal | null> {
  if (parts.quotas.targets === null) return null;
  const { store } = parts;
  const { longReader } = store;
  const moments = await filterMoments(longReader, scope.tenant, await store.now());
  const link = { parent: null, relation: null, previous_release: null };
  const choice = { ...link, tenant: scope.tenant, release, filter, phases: [], moments };
  return tooManyTargets(parts, 'An automatic assignment', (await draftCounts(longReader, choice)).total);
}
