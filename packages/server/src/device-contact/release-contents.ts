import { readReleaseContent, type ReleaseContent, type Schema } from '@updraft/store';
import type { Kysely } from 'kysely';

/** Far more than a fleet is brought to at once. */
const MAX_REMEMBERED_RELEASES = 500;

/** What releases hold, remembered: only published ones are offered, and those never change. */
export interface ReleaseContents {
  of(release: number): Promise<ReleaseContent>;
}

export function rememberReleaseContents(reader: Kysely<Schema>): ReleaseContents {
  const remembered = new Map<number, ReleaseContent>();
  return {
    async of(release) {
      const known = remembered.get(release);
      if (known !== undefined) return known;
      const content = await readReleaseContent(reader, release);
      const oldest = remembered.size >= MAX_REMEMBERED_RELEASES ? remembered.keys().next().value : undefined;
      if (oldest !== undefined) remembered.delete(oldest);
      remembered.set(release, content);
      return content;
    },
  };
}
