import { checkWindowPlan } from '@updraft/core';
import {
  policyOfWire,
  readMaintenanceWindow,
  type ReadWindow,
  type SetAssignment,
} from '@updraft/protocols/hawkbit-management';
import type { ReleaseRow } from '@updraft/store';
import type { Scope } from '../../access/scope.ts';
import type { PolicyGiven } from '../../use-cases/policy-view.ts';
import { refusalOfActions } from './action-quota.ts';
import { doorSettings } from './door-settings.ts';
import { type ManagementParts, type ManagementRefusal, notFound } from './handler.ts';
import { publishedRelease } from './publish-for-door.ts';

/** hawkBit's limit of targets in one request. */
export const MAX_ASSIGNMENTS_PER_REQUEST = 5000;
const DEFAULT_WEIGHT = 1000;

export type Wish = Omit<SetAssignment, 'id'>;
export type Wanted = {
  /** Id of the release. */
  readonly release: number;
  readonly devices: readonly string[];
  readonly wish: Wish;
  readonly offline: boolean;
  /** Names that no device has are left out, else they refuse it. */
  readonly skipsUnknown: boolean;
};
/** An action that an assignment made. */
type MadeAction = { readonly number: number; readonly target: string };
export type Assigned = { readonly made: readonly MadeAction[]; readonly already: number };

/** Assigns a release as hawkBit does: it is published with that, and what a device was to get before gives way. */
export async function assignThroughDoor(
  parts: ManagementParts,
  scope: Scope,
  wanted: Wanted,
): Promise<Assigned | ManagementRefusal> {
  if (wanted.devices.length > MAX_ASSIGNMENTS_PER_REQUEST)
    return { error: 'quota.tooManyEntries', message: `At most ${MAX_ASSIGNMENTS_PER_REQUEST} targets a request.` };
  const window = readMaintenanceWindow(wanted.wish.maintenanceWindow);
  if (window === null || (window !== undefined && !canOpen(window, await parts.store.now()))) return WRONG_WINDOW;
  const release = await publishedRelease(parts, scope, wanted.release);
  if ('error' in release) return release;
  const { asksConsent, endsOlder, removedPercent } = await doorSettings(parts.store.reader, scope.tenant);
  const { devices } = wanted;
  const tooMany = await refusalOfActions(parts, scope, { release: release.id, devices, removedPercent });
  if (tooMany !== null) return tooMany;
  if (wanted.offline) return recordInstalled(parts, scope, { release, wanted });
  const { type, forcetime, confirmationRequired = true } = wanted.wish;
  const policy = policyOfWire({ type, forcetime, needsConsent: asksConsent && confirmationRequired, window });
  return create(parts, scope, { release, wanted, policy, endsOlder });
}

/** Before the release is published for nothing. */
function canOpen(window: ReadWindow, now: number): boolean {
  const check = { zone: window.zone, now, shortestInstallSeconds: null };
  return checkWindowPlan({ windows: [window], blackouts: [] }, check).every(({ severity }) => severity !== 'error');
}

const WRONG_WINDOW: ManagementRefusal = {
  error: 'maintenanceScheduleInvalid',
  message:
    'A maintenance window needs a schedule (cron), a duration (HH:mm:ss) and a timezone (±hh:mm), and is to open.',
};

type Making = { readonly release: ReleaseRow; readonly wanted: Wanted };

async function create(
  { store }: ManagementParts,
  scope: Scope,
  { release, wanted, policy, endsOlder }: Making & { readonly policy: PolicyGiven; readonly endsOlder: boolean },
): Promise<Assigned | ManagementRefusal> {
  const { devices, wish } = wanted;
  const result = await store.commands.run('assignment.create', {
    scope,
    once: null,
    release: release.uid,
    devices,
    weight: wish.weight ?? DEFAULT_WEIGHT,
    policy,
    supersedes: 'all',
    ...(endsOlder ? { endsOlder } : {}),
    ...(wanted.skipsUnknown ? { skipsUnknown: true } : {}),
  });
  if (result.outcome === 'assigned')
    return {
      made: result.assigned.map(({ number, device }) => ({ number, target: device })),
      already: result.alreadyAssigned.length + result.alreadyInstalled.length,
    };
  switch (result.code) {
    case 'not-found':
      return notFound('Target', 'missing' in result ? result.missing.join(', ') : '');
    case 'device-incompatible':
      return {
        error: 'target.type.incompatible',
        message: `The distribution set is not for these targets: ${unfit(result)}`,
      };
    case 'device-decommissioned':
      return { error: 'repo.constraintViolation', message: `These targets are out of service: ${unfit(result)}` };
    case 'rollout-impossible':
      return WRONG_WINDOW;
    case 'release-not-published':
      return INVALID;
    default:
      return { error: 'insufficientPermission', message: 'Insufficient Permission' };
  }
}

function unfit(result: object): string {
  return 'unfit' in result && Array.isArray(result.unfit) ? result.unfit.join(', ') : '';
}

/** Those that are being updated are left as they are. */
async function recordInstalled(
  { store }: ManagementParts,
  scope: Scope,
  { release, wanted }: Making,
): Promise<Assigned | ManagementRefusal> {
  const { name, version } = release;
  const result = await store.commands.run('assignment.record-installed', {
    scope,
    release: { name, version },
    devices: wanted.devices,
    sparesUpdating: true,
    ...(wanted.skipsUnknown ? { skipsUnknown: true } : {}),
  });
  if (result.outcome === 'recorded')
    return {
      made: result.numbers.map((number, index) => ({ number, target: result.recorded[index] ?? '' })),
      already: wanted.devices.length - result.recorded.length,
    };
  return notFound('Target', 'missing' in result ? result.missing.join(', ') : '');
}

const INVALID: ManagementRefusal = { error: 'distributionset.invalid', message: 'The distribution set is invalid.' };
