import type { CallAnswer } from '@updraft/protocols';

/** What the API answers, whole: an answer that lacks a field of its schema does not type-check. */
type Rollout = CallAnswer<'rollouts.show'>;
type Assignment = CallAnswer<'assignments.show'>;
type Device = CallAnswer<'devices.show'>;
type DeviceType = CallAnswer<'device-types.show'>;
type Release = CallAnswer<'releases.show'>;

export const AN_ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const CREATED_AT = '2026-01-01T00:00:00Z';
const RELEASE_REFERENCE = { id: AN_ID, name: 'os', version: '1' };
const LIMIT_SECONDS = 600;

const POLICY: Rollout['policy'] = {
  start: { by: 'hand' },
  approval: 'none',
  action: { kind: 'forced' },
  consent: { required: false, askAgainSeconds: LIMIT_SECONDS },
  windows: { windows: [], blackouts: [], zone: 'UTC', downloadAhead: false },
  pace: { parallel: null, perMinute: null, perSite: null },
  retries: { limit: 0, on: [], firstSeconds: 1, factor: 1, capSeconds: 1, jitterPercent: 0 },
  timeLimits: {
    downloadingSeconds: LIMIT_SECONDS,
    downloadedSeconds: LIMIT_SECONDS,
    installingSeconds: LIMIT_SECONDS,
    awaitingReportSeconds: LIMIT_SECONDS,
    awaitingEvidenceSeconds: LIMIT_SECONDS,
    cancelingSeconds: LIMIT_SECONDS,
    silenceSeconds: LIMIT_SECONDS,
  },
  onFailure: 'pause',
  dynamic: false,
  emergency: false,
};

export function aRollout(wish: Partial<Rollout> = {}): Rollout {
  return {
    id: AN_ID,
    number: 1,
    kind: 'rollout',
    parent: null,
    relation: null,
    links: [],
    returns: null,
    name: 'spring',
    description: '',
    release: RELEASE_REFERENCE,
    filter: '',
    state: 'running',
    reason: null,
    weight: 1000,
    policy: POLICY,
    creation: null,
    total: 0,
    counts: {},
    phases: [],
    createdAt: CREATED_AT,
    createdBy: 'kim',
    approvedAt: null,
    approvedBy: null,
    startedAt: null,
    nextAt: null,
    endedAt: null,
    revision: 1,
    ...wish,
  };
}

export function anAssignment(wish: Partial<Assignment> = {}): Assignment {
  return {
    number: 17,
    device: 'gw-1',
    release: RELEASE_REFERENCE,
    rollout: AN_ID,
    state: 'ready',
    reason: null,
    message: null,
    failedAttempts: 0,
    notBefore: null,
    attempts: [],
    createdAt: CREATED_AT,
    endedAt: null,
    revision: 1,
    ...wish,
  };
}

/** `assignment` is the number of its current one, which downloads. */
export function aDevice({
  assignment = null,
  ...wish
}: Partial<Omit<Device, 'assignment'>> & { readonly assignment?: number | null } = {}): Device {
  return {
    name: 'gw-1',
    number: 1,
    type: null,
    description: '',
    identity: 'accepted',
    penaltyUntil: null,
    attributes: {},
    metadata: {},
    tags: [],
    group: null,
    site: null,
    zone: null,
    ignoredZone: null,
    runningRelease: null,
    assignment:
      assignment === null
        ? null
        : { number: assignment, release: RELEASE_REFERENCE, rollout: AN_ID, state: 'downloading', reason: null },
    lastContactAt: null,
    createdAt: CREATED_AT,
    revision: 1,
    ...wish,
  };
}

export function aDeviceType(wish: Partial<DeviceType> = {}): DeviceType {
  return {
    id: AN_ID,
    name: 'board-a',
    description: '',
    versionAttribute: null,
    slotAttribute: null,
    bootIdAttribute: null,
    verifyingSeconds: null,
    downgrade: 'refused',
    createdAt: CREATED_AT,
    revision: 3,
    ...wish,
  };
}

export function aRelease(wish: Partial<Release> = {}): Release {
  return {
    id: AN_ID,
    name: 'os',
    version: '1',
    description: '',
    state: 'draft',
    components: [],
    deviceTypes: [],
    requiredStep: false,
    manifestSha256: null,
    counter: null,
    createdAt: CREATED_AT,
    publishedAt: null,
    withdrawnAt: null,
    revision: 1,
    ...wish,
  };
}

type SavedFilter = CallAnswer<'filters.show'>;

export function aSavedFilter(wish: Partial<SavedFilter> = {}): SavedFilter {
  return {
    id: AN_ID,
    name: 'beta',
    description: '',
    query: 'tag==beta',
    autoAssignment: null,
    createdAt: CREATED_AT,
    createdBy: 'kim',
    revision: 1,
    ...wish,
  };
}

/** What a saved filter keeps assigning, with a policy whose pace and weight are its own. */
export function anAutoAssignment(): NonNullable<SavedFilter['autoAssignment']> {
  const policy = { ...POLICY, pace: { parallel: 7, perMinute: null, perSite: null } };
  return { release: RELEASE_REFERENCE, weight: 300, policy, rollout: AN_ID, state: 'running', assigned: 12 };
}
