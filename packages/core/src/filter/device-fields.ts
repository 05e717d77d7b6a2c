import { ATTEMPT_STATES, attemptLifecycle } from '../attempt-lifecycle.ts';
import { displayedState } from '../derived-state.ts';
import { DEVICE_IDENTITIES } from '../device-identity.ts';
import { DEVICE_STANDINGS } from '../standing.ts';
import { isClosed } from '../lifecycle.ts';
import type { FilterFields } from './filter-field.ts';
import { aliased } from './filter-field.ts';

/** What a device shows of its current assignment, which is open. */
export const CURRENT_STATES: readonly string[] = [
  ...new Set(ATTEMPT_STATES.filter((state) => !isClosed(attemptLifecycle, state)).map(displayedState)),
];

const FIELDS = {
  name: { type: 'text' },
  number: { type: 'number' },
  description: { type: 'text' },
  attribute: { type: 'text', keyed: true },
  metadata: { type: 'text', keyed: true },
  tag: { type: 'text' },
  group: { type: 'path' },
  type: { type: 'text' },
  'type.key': { type: 'text' },
  'type.number': { type: 'number' },
  displayName: { type: 'text' },
  address: { type: 'text' },
  /** How its updates stand. */
  standing: { type: 'word', words: DEVICE_STANDINGS },
  autoConsent: { type: 'flag' },
  /** `NAME@VERSION` */
  runningRelease: { type: 'text' },
  'runningRelease.id': { type: 'exact' },
  'runningRelease.name': { type: 'text' },
  'runningRelease.version': { type: 'text' },
  assignedRelease: { type: 'text' },
  'assignedRelease.id': { type: 'exact' },
  'assignedRelease.name': { type: 'text' },
  'assignedRelease.version': { type: 'text' },
  /** What it is to run: the release of its open assignment; none where the last one failed; else what it runs. */
  'wantedRelease.name': { type: 'text' },
  'wantedRelease.version': { type: 'text' },
  state: { type: 'word', words: CURRENT_STATES },
  createdAt: { type: 'instant' },
  createdBy: { type: 'text' },
  changedAt: { type: 'instant' },
  changedBy: { type: 'text' },
  lastContactAt: { type: 'instant' },
  overdue: { type: 'flag', while: { field: 'lastContactAt', relation: '<', moment: 'overdue' } },
  identity: { type: 'word', words: DEVICE_IDENTITIES },
  penaltyUntil: { type: 'instant' },
  penalty: { type: 'flag', while: { field: 'penaltyUntil', relation: '>', moment: 'now' } },
  zone: { type: 'text' },
  site: { type: 'text' },
} as const satisfies FilterFields;

export type DeviceField = keyof typeof FIELDS;

/** What a filter over devices may compare, under the names of our own API; another API adds its own with `aliased`. */
export const DEVICE_FIELDS: Readonly<Record<DeviceField, FilterFields[string]>> & FilterFields = {
  ...FIELDS,
  ...aliased(FIELDS, {
    id: 'name',
    'tag.name': 'tag',
    'type.name': 'type',
    running: 'runningRelease',
    'running.id': 'runningRelease.id',
    'running.name': 'runningRelease.name',
    'running.version': 'runningRelease.version',
    assigned: 'assignedRelease',
    'assigned.id': 'assignedRelease.id',
    'assigned.name': 'assignedRelease.name',
    'assigned.version': 'assignedRelease.version',
    'assignment.state': 'state',
    created: 'createdAt',
    lastContact: 'lastContactAt',
  }),
};
