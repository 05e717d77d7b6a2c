import type { TagView } from '@updraft/protocols/hawkbit-management';
import type { TagRow } from '@updraft/store';
import { auditOf } from './audit.ts';
import type { LinkMaker } from './links.ts';

export function targetTagView(row: TagRow, links: LinkMaker, isSingle: boolean): TagView {
  const self = links`/targettags/${row.id}`;
  return {
    ...auditOf(row),
    id: row.id,
    name: row.name,
    description: row.description === '' ? null : row.description,
    colour: row.colour === '' ? null : row.colour,
    _links: isSingle ? { self, assignedTargets: links`/targettags/${row.id}/assigned?offset=0&limit=50` } : { self },
  };
}
