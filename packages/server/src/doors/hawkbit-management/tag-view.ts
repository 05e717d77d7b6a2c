import type { TagView } from '@updraft/protocols/hawkbit-management';
import type { ReleaseTagRow, TagRow } from '@updraft/store';
import { auditOf } from './audit.ts';
import type { LinkMaker } from './links.ts';

export function targetTagView(row: TagRow, links: LinkMaker, isSingle: boolean): TagView {
  const self = links`/targettags/${row.id}`;
  const assignedTargets = links`/targettags/${row.id}/assigned?offset=0&limit=50`;
  return { ...tagFacts(row), _links: isSingle ? { self, assignedTargets } : { self } };
}

export function setTagView(row: ReleaseTagRow, links: LinkMaker, isSingle: boolean): TagView {
  const self = links`/distributionsettags/${row.id}`;
  const assignedDistributionSets = links`/distributionsettags/${row.id}/assigned?offset=0&limit=50`;
  return { ...tagFacts(row), _links: isSingle ? { self, assignedDistributionSets } : { self } };
}

function tagFacts(row: TagRow | ReleaseTagRow): Omit<TagView, '_links'> {
  return {
    ...auditOf(row),
    id: row.id,
    name: row.name,
    description: row.description === '' ? null : row.description,
    colour: row.colour === '' ? null : row.colour,
  };
}
