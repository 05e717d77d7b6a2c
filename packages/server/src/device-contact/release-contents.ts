import { readReleaseContent, type ReleaseContent, type Schema } from '@updraft/store';
import type { Kysely } from 'kysely';
import { BoundedMemory } from './bounded-memory.ts';

/** Far more than a fleet is brought to at once. */
const MAX_REMEMBERED_RELEASES = 500;

/** What releases hold, remembered: only published ones are offered, and those never change. */
export interface ReleaseContents {
  of(release: number): Promise<ReleaseContent>;
}

export function rememberReleaseContents(reader: Kysely<Schema>): ReleaseContents {
  const remembered = new BoundedMemory<number, ReleaseContent>(MAX_REMEMBERED_RELEASES);
  return {
    async of(release) {
      return remembered.get(release) ?? remembered.set(release, await readReleaseContent(reader, release));
    },
  };
}
