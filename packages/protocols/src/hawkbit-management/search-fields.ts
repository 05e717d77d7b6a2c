import type { FilterFields, Rename } from '@updraft/core';
import { renamed } from '@updraft/core';

/** Names under which hawkBit searches and sorts an entity, and the fields of our list that they stand for. */
export type SearchNames = Readonly<Record<string, string | Rename>>;

/**
 * The searchable names of each entity (reference: RSQL). A list's fields come from the store; a name that stands for no
 * field of it is a defect that the start of the server tells.
 */
export function searchFields(fields: FilterFields, names: SearchNames): FilterFields {
  return renamed(fields, names);
}

const AUDIT: SearchNames = {
  createdat: 'createdAt',
  createdby: 'createdBy',
  lastmodifiedat: 'changedAt',
  lastmodifiedby: 'changedBy',
};

export const TARGET_SEARCH: SearchNames = {
  id: 'name',
  controllerid: 'name',
  name: 'displayName',
  description: 'description',
  updatestatus: {
    is: 'standing',
    means: { unknown: 'unseen', registered: 'seen', pending: 'updating', in_sync: 'up-to-date', error: 'failed' },
  },
  ipaddress: 'address',
  group: 'group',
  attribute: 'attribute',
  metadata: 'metadata',
  'assignedds.name': 'wantedRelease.name',
  'assignedds.version': 'wantedRelease.version',
  'installedds.name': 'runningRelease.name',
  'installedds.version': 'runningRelease.version',
  tag: 'tag',
  'tag.name': 'tag',
  type: 'type.key',
  'type.key': 'type.key',
  'type.name': 'type',
  'type.id': 'type.number',
  'targettype.key': 'type.key',
  'targettype.name': 'type',
  'targettype.id': 'type.number',
  lastcontrollerrequestat: 'lastContactAt',
  autoconfirm: 'autoConsent',
  ...AUDIT,
};

const NAMED: SearchNames = { id: 'number', name: 'name', description: 'description', ...AUDIT };

export const TAG_SEARCH: SearchNames = { ...NAMED, colour: 'colour' };
export const TYPE_SEARCH: SearchNames = { ...NAMED, key: 'key' };
