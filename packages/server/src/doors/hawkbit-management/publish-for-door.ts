import { completeReleases, findReleaseById, type ReleaseRow } from '@updraft/store';
import type { Scope } from '../../access/scope.ts';
import { type ManagementParts, type ManagementRefusal, notFound } from './handler.ts';

/** A release of this id, published by this its use: hawkBit's lock. */
export async function publishedRelease(
  parts: ManagementParts,
  scope: Scope,
  id: number,
): Promise<ReleaseRow | ManagementRefusal> {
  const row = await findReleaseById(parts.store.reader, scope.tenant, id);
  if (row === undefined || row.deleted === 1) return notFound('DistributionSet', id);
  return (await publishForDoor(parts, scope, row)) ?? row;
}

/** A release is published by what first brings it to a device. Null: it is published. */
export async function publishForDoor(
  { store, publish }: ManagementParts,
  scope: Scope,
  { id, uid, state, name, version }: ReleaseRow,
): Promise<ManagementRefusal | null> {
  if (state === 'published') return null;
  const title = `${name}:${version}`;
  const invalid = { error: 'distributionset.invalid', message: `Distribution set ${title} is invalid` } as const;
  if (state === 'withdrawn') return invalid;
  if (!(await completeReleases(store.reader, [id])).has(id))
    return { error: 'distributionset.incomplete', message: `Distribution set ${title} is incomplete` };
  const result = await publish({ scope, id: uid, ifMatch: null, mayBeEmpty: true });
  if ('problem' in result) return { ...invalid, message: `${invalid.message}: ${result.detail}` };
  // Somebody else may have published it meanwhile.
  return result.outcome === 'published' || result.code === 'release-not-draft' ? null : invalid;
}
