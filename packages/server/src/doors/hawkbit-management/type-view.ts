import type { DistributionSetType, SoftwareModuleType } from '@updraft/protocols/hawkbit-management';
import type { ComponentKindRow, ReleaseKindRow } from '@updraft/store';
import { auditOf } from './audit.ts';
import type { LinkMaker } from './links.ts';

export function moduleTypeView(row: ComponentKindRow, links: LinkMaker): SoftwareModuleType {
  return {
    ...wordsOf(row),
    minArtifacts: row.min_artifacts,
    maxAssignments: row.max_assignments,
    _links: { self: links`/softwaremoduletypes/${row.id}` },
  };
}

export function setTypeView(row: ReleaseKindRow, links: LinkMaker, isSingle: boolean): DistributionSetType {
  const self = links`/distributionsettypes/${row.id}`;
  const parts = {
    mandatorymodules: links`/distributionsettypes/${row.id}/mandatorymoduletypes`,
    optionalmodules: links`/distributionsettypes/${row.id}/optionalmoduletypes`,
  };
  return { ...wordsOf(row), _links: isSingle ? { self, ...parts } : { self } };
}

function wordsOf(row: ComponentKindRow | ReleaseKindRow) {
  return {
    ...auditOf(row),
    id: row.id,
    key: row.key,
    name: row.name,
    description: row.description === '' ? null : row.description,
    colour: row.colour === '' ? null : row.colour,
    deleted: row.deleted === 1,
  };
}
