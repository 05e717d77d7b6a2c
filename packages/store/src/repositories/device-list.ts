import { ASSIGNMENT_STATES, DEVICE_FIELDS, type DeviceField, type FilterFields } from '@updraft/core';
import { sql } from 'kysely';
import type { FieldFinder, ListColumn, ListDeclaration, ListField, RowFinder, ValueRows } from '../list/list-fields.ts';
import { shownAssignmentSql, shownStateSql } from '../list/shown-state-sql.ts';
import { typeKeySql } from './device-type-repository.ts';
import { METADATA_HEAD_CHARACTERS } from '../migrations/0001-indexes.ts';
import { changedAtSql, changedBySql } from '../list/changed-sql.ts';
import { standingSql, wantedReleaseSql } from '../list/standing-sql.ts';

type Placed = {
  readonly column: ListColumn;
  readonly rows?: ValueRows;
  readonly finder?: FieldFinder;
  readonly sortable?: true;
};

const ATTRIBUTES = { from: 'device_attribute', key: 'device_attribute.key' } as const;
const METADATA = { from: 'device_metadata', key: 'device_metadata.key' } as const;
const TAGS = 'device_tag inner join tag on tag.id = device_tag.tag';
const TYPES: ValueRows = {
  from: 'device_type',
  owner: 'device_type.id',
  of: 'device.type',
  few: { tenant: 'device_type.tenant' },
};
const RUNNING: ValueRows = {
  from: 'release as running',
  owner: 'running.id',
  of: 'device.running_release_id',
  few: { tenant: 'running.tenant' },
};
const ASSIGNED: ValueRows = {
  from: `assignment inner join rollout on rollout.id = assignment.rollout
    inner join release as assigned on assigned.id = rollout.release`,
  owner: 'assignment.id',
  of: shownAssignmentSql,
};
const WANTED: ValueRows = { from: 'release as wanted', owner: 'wanted.id', of: wantedReleaseSql };
const CURRENT: ValueRows = {
  from: `assignment inner join rollout on rollout.id = assignment.rollout
    inner join phase on phase.rollout = assignment.rollout and phase.number = assignment.phase
    left join attempt on attempt.id = assignment.attempt_id`,
  owner: 'assignment.id',
  of: shownAssignmentSql,
};
/** Devices of which an assignment of such a release is open: the one that is shown is. */
const assigned = (column: ListColumn): RowFinder => ({
  from: `release as assigned inner join rollout as bringer on bringer.release = assigned.id
    inner join assignment as wish on wish.tenant = bringer.tenant and wish.rollout = bringer.id`,
  id: 'wish.device',
  tenant: 'assigned.tenant',
  column,
  where: 'wish.ended_at is null',
});
const ASSIGNED_NAME = sql`assigned.name_fold || '@' || assigned.version_fold`;
const CONTACT: ValueRows = { from: 'contact', owner: 'contact.device', of: 'device.id' };
/** States that an attempt shows: its row is found by an index of what is open. The first three are shown without one, too. */
const ATTEMPT_WORDS = {
  scheduled: ['scheduled'],
  'awaiting-consent': ['awaiting-consent'],
  ready: ['ready'],
  offered: ['offered'],
  downloading: ['downloading'],
  downloaded: ['downloaded'],
  installing: ['installing'],
  verifying: ['awaiting-report', 'awaiting-evidence'],
  canceling: ['canceling'],
} as const;
/** An open assignment in its turn, or not yet. */
const waiting = (turn: string, words: RowFinder['words']): RowFinder => ({
  // There are fewer phases than assignments: SQLite keeps to the order of cross joins.
  from: 'phase as turn cross join rollout as bringer cross join assignment',
  id: 'assignment.device',
  tenant: 'assignment.tenant',
  column: 'assignment.state',
  where: `bringer.id = turn.rollout and assignment.rollout = turn.rollout and assignment.phase = turn.number
    and assignment.ended_at is null and (${turn})`,
  ...(words === undefined ? {} : { words }),
});
const NOT_YET = "turn.state in ('waiting', 'skipped')";
const STATES: readonly RowFinder[] = [
  {
    from: 'attempt',
    id: 'attempt.device',
    tenant: 'attempt.tenant',
    column: 'attempt.state',
    where: 'attempt.ended_at is null',
    words: ATTEMPT_WORDS,
  },
  waiting(NOT_YET, { scheduled: ASSIGNMENT_STATES }),
  waiting(`not ${NOT_YET} and coalesce(turn.asks_consent, bringer.asks_consent) = 1`, {
    'awaiting-consent': ASSIGNMENT_STATES,
  }),
  waiting(`not ${NOT_YET} or assignment.state = 'backing-off'`, { ready: ASSIGNMENT_STATES }),
];
/** Of whom an assignment failed, and of whom one is open. */
const STANDINGS: readonly RowFinder[] = [
  {
    from: 'assignment',
    id: 'assignment.device',
    tenant: 'assignment.tenant',
    column: 'assignment.state',
    where: "assignment.state = 'failed'",
    words: { failed: ['failed'] },
  },
  {
    from: 'phase as turn cross join assignment',
    id: 'assignment.device',
    tenant: 'assignment.tenant',
    column: 'assignment.state',
    where: `assignment.rollout = turn.rollout and assignment.phase = turn.number
      and assignment.ended_at is null and turn.state = 'started'`,
    words: { updating: ASSIGNMENT_STATES },
  },
];
/** Devices that run such a release, and those that have an open assignment of it. */
const wanted = (column: string): readonly RowFinder[] => [
  {
    from: 'release as wanted inner join device as runner on runner.tenant = wanted.tenant and runner.running_release_id = wanted.id',
    id: 'runner.id',
    tenant: 'wanted.tenant',
    column,
  },
  {
    from: `release as wanted inner join rollout as bringer on bringer.release = wanted.id
      inner join phase as turn on turn.rollout = bringer.id and turn.state = 'started'
      inner join assignment as wish
        on wish.tenant = bringer.tenant and wish.rollout = bringer.id and wish.phase = turn.number`,
    id: 'wish.device',
    tenant: 'wanted.tenant',
    column,
    where: 'wish.ended_at is null',
  },
];
const self = 'self';
/** The expression of an index: see `SHOWN_NAME_FOLD`. */
export const shownNameSql = sql`coalesce(nullif(device.display_name_fold, ''), device.name_fold)`;

/** Where the values of each field stand, and how devices are found by them. */
const COLUMNS: Readonly<Record<DeviceField, Placed>> = {
  name: { column: 'device.name_fold', finder: self, sortable: true },
  number: { column: 'device.id', finder: self, sortable: true },
  description: { column: 'device.description_fold' },
  attribute: {
    column: 'device_attribute.value_fold',
    rows: { ...ATTRIBUTES, owner: 'device_attribute.device', of: 'device.id' },
    finder: {
      ...ATTRIBUTES,
      id: 'device_attribute.device',
      tenant: 'device_attribute.tenant',
      column: 'device_attribute.value_fold',
    },
  },
  metadata: {
    column: 'device_metadata.value_fold',
    rows: { ...METADATA, owner: 'device_metadata.device', of: 'device.id' },
    finder: {
      ...METADATA,
      id: 'device_metadata.device',
      tenant: 'device_metadata.tenant',
      column: 'device_metadata.value_fold',
      head: METADATA_HEAD_CHARACTERS,
    },
  },
  tag: {
    column: 'tag.name_fold',
    rows: { from: TAGS, owner: 'device_tag.device', of: 'device.id' },
    finder: { from: TAGS, id: 'device_tag.device', tenant: 'tag.tenant', column: 'tag.name_fold' },
  },
  group: { column: 'device.group_fold', finder: self },
  type: { column: 'device_type.name_fold', rows: TYPES, finder: self },
  'type.key': { column: typeKeySql, rows: TYPES, finder: self },
  'type.number': { column: 'device.type', finder: self },
  displayName: { column: shownNameSql, finder: self, sortable: true },
  address: {
    column: 'device.address_fold',
    finder: {
      from: 'device',
      id: 'device.id',
      tenant: 'device.tenant',
      column: 'device.address_fold',
      where: "device.address_fold <> ''",
    },
  },
  standing: { column: standingSql, finder: { among: STANDINGS } },
  autoConsent: { column: sql`(case when device.auto_consent_at is null then 0 else 1 end)` },
  runningRelease: { column: sql`running.name_fold || '@' || running.version_fold`, rows: RUNNING, finder: self },
  'runningRelease.id': { column: 'running.uid', rows: RUNNING, finder: self },
  'runningRelease.name': { column: 'running.name_fold', rows: RUNNING, finder: self },
  'runningRelease.version': { column: 'running.version_fold', rows: RUNNING, finder: self },
  assignedRelease: { column: ASSIGNED_NAME, rows: ASSIGNED, finder: assigned(ASSIGNED_NAME) },
  'assignedRelease.id': { column: 'assigned.uid', rows: ASSIGNED, finder: assigned('assigned.uid') },
  'assignedRelease.name': { column: 'assigned.name_fold', rows: ASSIGNED, finder: assigned('assigned.name_fold') },
  'assignedRelease.version': {
    column: 'assigned.version_fold',
    rows: ASSIGNED,
    finder: assigned('assigned.version_fold'),
  },
  'wantedRelease.name': { column: 'wanted.name_fold', rows: WANTED, finder: { among: wanted('wanted.name_fold') } },
  'wantedRelease.version': {
    column: 'wanted.version_fold',
    rows: WANTED,
    finder: { among: wanted('wanted.version_fold') },
  },
  state: {
    column: shownStateSql,
    rows: CURRENT,
    finder: { among: STATES },
  },
  createdAt: { column: 'device.created_at', finder: self, sortable: true },
  createdBy: { column: sql`lower(device.created_by)` },
  changedAt: { column: changedAtSql('device') },
  changedBy: { column: changedBySql('device') },
  lastContactAt: {
    column: 'contact.at',
    rows: CONTACT,
    // Not by an index, which every flush of contacts would write: the whole of the narrow table is looked through.
    finder: {
      from: 'contact',
      id: 'contact.device',
      tenant: null,
      column: 'contact.at',
      scans: true,
      missing: 'device.contacted = 0',
    },
  },
  overdue: { column: sql`0` },
  identity: {
    column: 'device.identity',
    finder: {
      from: 'device',
      id: 'device.id',
      tenant: 'device.tenant',
      column: 'device.identity',
      where: "device.identity <> 'accepted'",
      words: { pending: ['pending'], rejected: ['rejected'], decommissioned: ['decommissioned'] },
    },
  },
  penaltyUntil: {
    column: 'device.penalty_until',
    finder: {
      from: 'device',
      id: 'device.id',
      tenant: 'device.tenant',
      column: 'device.penalty_until',
      where: 'device.penalty_until is not null',
    },
  },
  penalty: { column: sql`0` },
  zone: { column: sql`lower(device.zone)`, finder: self },
  site: { column: 'device.site_fold', finder: self },
};

/** The list of devices: what a filter over them may compare, and where it stands. */
export const DEVICE_LIST: ListDeclaration = {
  fields: placedFields(DEVICE_FIELDS),
  id: 'device.id',
  defaultSort: 'name',
  large: { table: 'device', tenant: 'device.tenant' },
};

/** The fields of another API's table over devices (see core's `aliased`), placed as ours are. */
export function placedFields(fields: FilterFields): Readonly<Record<string, ListField>> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const placed = COLUMNS[(field.is ?? name) as DeviceField];
      return [name, { ...field, ...placed }];
    }),
  );
}
