import { hash, randomUUID } from 'node:crypto';
import {
  ddiPartOf,
  isSwupdate,
  listedForClient,
  type DdiArtifact,
  type DdiChunk,
  type DdiLinks,
} from '@updraft/protocols';
import type { ContentComponent, ShownMetadata } from '@updraft/store';
import type { AskingDevice } from './authenticate.ts';
import type { DdiDoor } from './door.ts';
import { downloadLinks, linksHoldUntil } from './download-links.ts';
import type { DescriptionTemplate } from './known-answers.ts';

/** Releases, each for some origins and kinds of client; some kilobytes each. */
export const MAX_DESCRIPTION_TEMPLATES = 200;

/** Stands for a device's name. Nobody can know it, so that no text of a release holds it. */
const NAME = randomUUID();

/**
 * Made once for all devices that ask in the same way: a published release never changes, and what operators let devices
 * see of its metadata moves the tenant's revision.
 */
export async function templateOf(
  door: DdiDoor,
  { asking, userAgent }: { readonly asking: AskingDevice; readonly userAgent: string | undefined },
  release: number,
): Promise<DescriptionTemplate> {
  const { address, device } = asking;
  const until = linksHoldUntil(door, device.readAt);
  const { rolloutsRevision } = device.stamp;
  const way = `${isSwupdate(userAgent)} ${until} ${address.origin}\n${address.tenant}`;
  const key = `${release} ${rolloutsRevision} ${way}`;
  const known = door.known.templates.get(key);
  if (known !== undefined) return known;
  const links = downloadLinks(door, { ...asking, address: { ...address, controller: NAME } });
  const chunks = JSON.stringify(await chunksOf(door, { release, links, userAgent }));
  const tag = hash('sha1', chunks.replaceAll(NAME, ''), 'hex');
  return door.known.templates.set(key, { pieces: chunks.split(NAME), tag, until });
}

type LinksOf = (component: number, filename: string) => DdiLinks;
type Shown = { readonly release: number; readonly links: LinksOf; readonly userAgent: string | undefined };

async function chunksOf(door: DdiDoor, { release, links, userAgent }: Shown): Promise<readonly DdiChunk[]> {
  const { components } = await door.releases.of(release);
  const metadata = Map.groupBy(await door.releases.shownMetadata(release), ({ component }) => component);
  return components.map((component) => {
    return { ...chunkOf(component, links, userAgent), ...metadataIn(metadata.get(component.id) ?? []) };
  });
}

function chunkOf(component: ContentComponent, links: LinksOf, userAgent: string | undefined): DdiChunk {
  return {
    part: ddiPartOf(component.kind),
    name: component.name,
    version: component.version,
    ...(component.isEncrypted ? { encrypted: true } : {}),
    artifacts: artifactsOf(component, links, userAgent),
  };
}

function metadataIn(shown: readonly ShownMetadata[]): Pick<DdiChunk, 'metadata'> {
  return shown.length === 0 ? {} : { metadata: shown.map(({ key, value }) => ({ key, value })) };
}

/** The files of a component as links. */
export function artifactsOf(
  component: ContentComponent,
  links: LinksOf,
  userAgent: string | undefined,
): readonly DdiArtifact[] {
  return listedForClient(component.artifacts, userAgent).map(({ filename, sha1, md5, sha256, size }) => ({
    filename,
    hashes: { sha1, md5, sha256 },
    size,
    _links: links(component.id, filename),
  }));
}
