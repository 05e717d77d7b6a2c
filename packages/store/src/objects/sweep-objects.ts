import type { Kysely } from 'kysely';
import { areObjectsHeld } from '../portable/object-hold.ts';
import type { Schema } from '../schema.ts';
import type { ObjectStore } from './object-store.ts';

/** Between an object's adoption and the commit of its artifact lie seconds; this leaves room for a slow disk and a skewed clock. */
export const ORPHAN_AGE_SECONDS = 3600;

/**
 * Removes objects that no artifact names and that were not adopted within {@link ORPHAN_AGE_SECONDS} before `now` (epoch
 * ms of the objects' clock); tells how many.
 *
 * It takes nothing that is needed: who makes an artifact adopts the object first, which makes it young, also one that
 * was there before; and an adoption while it is being removed brings it back. So between the look at the rows and the
 * removal no row can come that relies on the object. A backup that knows an artifact that is gone by now has held the
 * objects since before it went: who finds no row looks for such a hold after that.
 */
export async function sweepObjects(
  objects: ObjectStore,
  reader: Kysely<Schema>,
  { now, signal }: { readonly now: number; readonly signal?: AbortSignal },
): Promise<number> {
  const adoptedBefore = now - ORPHAN_AGE_SECONDS * 1000;
  let removed = 0;
  for await (const { tenant, sha256, adoptedAt } of objects.list()) {
    if (signal?.aborted) break;
    if (adoptedAt >= adoptedBefore || (await hasArtifact(reader, tenant, sha256))) continue;
    if (await areObjectsHeld(reader, now)) break;
    if (await objects.removeIfOlder(tenant, sha256, adoptedBefore)) removed += 1;
  }
  return removed;
}

async function hasArtifact(reader: Kysely<Schema>, tenant: number, sha256: string): Promise<boolean> {
  const query = reader.selectFrom('artifact').select('id').where('tenant', '=', tenant).where('sha256', '=', sha256);
  return (await query.limit(1).executeTakeFirst()) !== undefined;
}
