import { readReleaseContent, SharedRead, shownMetadataOf } from '@updraft/store';
import type { ReleaseContent, Schema, ShownMetadata } from '@updraft/store';
import type { Kysely } from 'kysely';
import { BoundedMemory } from '../bounded-memory.ts';

/** Far more than a fleet is brought to at once. */
const MAX_REMEMBERED_RELEASES = 500;
/** Devices that one look at a release's metadata answers. */
const MAX_ASKED_TOGETHER = 500;

/** What releases hold, remembered: only published ones are offered, and those never change. */
export interface ReleaseContents {
  /** What is remembered of it. */
  known(release: number): ReleaseContent | undefined;
  of(release: number): Promise<ReleaseContent>;
  /** What devices are shown of the metadata of its components: read anew, as it may change. */
  shownMetadata(release: number): Promise<readonly ShownMetadata[]>;
}

export function rememberReleaseContents(reader: Kysely<Schema>): ReleaseContents {
  const remembered = new BoundedMemory<number, ReleaseContent>(MAX_REMEMBERED_RELEASES);
  const metadata = new SharedRead<number, readonly ShownMetadata[]>((releases) => {
    const reads = new Map<number, Promise<readonly ShownMetadata[]>>();
    const readOnce = (release: number) => {
      const read = reads.get(release) ?? shownMetadataOf(reader, release);
      reads.set(release, read);
      return read;
    };
    return Promise.all(releases.map(readOnce));
  }, MAX_ASKED_TOGETHER);
  return {
    known: (release) => remembered.get(release),
    async of(release) {
      return remembered.get(release) ?? remembered.set(release, await readReleaseContent(reader, release));
    },
    async shownMetadata(release) {
      return metadata.of(release);
    },
  };
}
