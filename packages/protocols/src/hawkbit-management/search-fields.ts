import type { FilterFields, Rename } from '@updraft/core';
import { renamed } from '@updraft/core';
import { STANDING_OF_STATUS, STANDING_OF_UPDATE_STATUS } from './status-words.ts';

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
  updatestatus: { is: 'standing', means: STANDING_OF_UPDATE_STATUS },
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

const RELEASE: SearchNames = {
  'distributionset.id': 'release.number',
  'distributionset.name': 'release.name',
  'distributionset.version': 'release.version',
  'distributionset.type': 'release.kind',
};
export const ROLLOUT_GROUP_SEARCH: SearchNames = NAMED;
export const ROLLOUT_SEARCH: SearchNames = {
  ...NAMED,
  ...RELEASE,
  status: {
    is: 'standing',
    means: {
      creating: 'creating',
      waiting_for_approval: 'awaiting-approval',
      approval_denied: 'denied',
      ready: 'ready',
      starting: 'running',
      running: 'running',
      paused: 'paused',
      stopping: 'stopping',
      stopped: 'stopped',
      finished: 'finished',
      deleting: 'deleting',
      deleted: 'deleted',
    },
  },
};
export const TARGET_FILTER_SEARCH: SearchNames = {
  id: 'number',
  name: 'name',
  'autoassigndistributionset.name': 'autoRelease.name',
  'autoassigndistributionset.version': 'autoRelease.version',
  ...AUDIT,
};

export const AUTO_ASSIGNMENT_SEARCH: SearchNames = {
  id: 'number',
  name: 'name',
  status: {
    is: 'standing',
    means: {
      waiting_for_approval: 'awaiting-approval',
      approval_denied: 'denied',
      ready: 'ready',
      paused: 'paused',
      running: 'running',
    },
  },
  actiontype: { is: 'urgency', means: { forced: 'forced', soft: 'soft', downloadonly: 'download-only' } },
  approvaldecidedby: 'approvedBy',
  'distributionset.name': 'release.name',
  'distributionset.version': 'release.version',
  ...AUDIT,
};

export const TAG_SEARCH: SearchNames = { ...NAMED, colour: 'colour' };
export const TYPE_SEARCH: SearchNames = { ...NAMED, key: 'key' };
export const MODULE_TYPE_SEARCH: SearchNames = { ...TYPE_SEARCH, maxassignments: 'maxAssignments' };
const KINDED: SearchNames = {
  ...NAMED,
  version: 'version',
  type: 'kind.key',
  'type.key': 'kind.key',
  'type.id': 'kind.number',
  'type.name': 'kind.name',
  metadata: 'metadata',
};
export const MODULE_SEARCH: SearchNames = KINDED;
export const SET_SEARCH: SearchNames = {
  ...KINDED,
  'module.id': 'component.number',
  'module.name': 'component.name',
  tag: 'tag',
  'tag.name': 'tag',
  valid: 'valid',
  complete: 'complete',
};
export const SET_TAG_SEARCH: SearchNames = {
  ...TAG_SEARCH,
  'distributionset.id': 'release.number',
  'distributionset.name': 'release.name',
};

/** What was said of an action is sorted only. */
export const REPORT_SEARCH: SearchNames = { id: 'id', timestamp: 'at', reportedat: 'at', createdat: 'at' };

export const ACTION_SEARCH: SearchNames = {
  id: 'number',
  active: 'open',
  status: { is: 'standing', means: STANDING_OF_STATUS },
  laststatuscode: 'lastCode',
  weight: 'weight',
  'target.controllerid': 'device',
  'target.name': 'device.displayName',
  'target.updatestatus': { is: 'device.standing', means: STANDING_OF_UPDATE_STATUS },
  'target.address': 'device.address',
  'distributionset.id': 'release.number',
  'distributionset.name': 'release.name',
  'distributionset.version': 'release.version',
  'distributionset.type': 'release.kind',
  'rollout.id': 'rollout.number',
  'rollout.name': 'rollout.name',
  'rolloutgroup.id': 'phase.number',
  'rolloutgroup.name': 'phase.name',
  externalref: 'externalName',
  createdat: 'createdAt',
  createdby: 'createdBy',
  lastmodifiedat: 'changedAt',
  lastmodifiedby: 'createdBy',
};
