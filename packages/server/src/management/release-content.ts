import { areObjectsHeld, isContentNeeded, ORPHAN_AGE_SECONDS } from '@updraft/store';
import type { SoftwareParts } from './software-parts.ts';

/**
 * Removes an object that no artifact names any more; what stays is taken by the sweep of objects.
 *
 * Whoever adds an artifact of the same content adopts the object once more after its row is there. So it was either seen
 * by the look at the rows, or has made the object younger than the moment before that look. Between servers, whose
 * clocks differ, that moment lies further back.
 */
export async function releaseContent(
  { store, objects }: Pick<SoftwareParts, 'store' | 'objects'>,
  tenant: number,
  sha256: string,
): Promise<void> {
  const adoptedBefore = Date.now() - (store.dialect === 'sqlite' ? 0 : ORPHAN_AGE_SECONDS * 1000);
  if (await isContentNeeded(store.reader, tenant, sha256)) return;
  // A backup may know the artifact still.
  if (await areObjectsHeld(store.reader, await store.now())) return;
  await objects.removeIfOlder(tenant, sha256, adoptedBefore);
}
