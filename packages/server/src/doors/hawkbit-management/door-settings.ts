import type { AssignmentState } from '@updraft/core';
import { type TenantOptionRow, tenantOptions } from '@updraft/store';
import type { Reader } from './handler.ts';

export const ROOM_KEY = 'action.cleanup.onQuotaHit.percent';

/** What holds of which actions go when, where a tenant has set nothing. */
export const USUAL_REMOVAL = {
  'action.cleanup.auto.expiry': -1,
  'action.cleanup.auto.status': 'CANCELED,ERROR',
  [ROOM_KEY]: 0,
  'action.delete.allowed.statuses': 'CANCELED,ERROR,FINISHED',
} as const;

/** What a tenant's settings of this door mean for what it makes. */
export type DoorSettings = {
  /** What is assigned waits for the device's user, unless it is said that it does not. */
  readonly asksConsent: boolean;
  /** What a new assignment supersedes ends at once; else the device is asked. */
  readonly endsOlder: boolean;
  readonly asksApproval: boolean;
  readonly asksAutoApproval: boolean;
  /** So much of what a target may have of actions goes, the oldest first, where it has as many; 0: none does. */
  readonly removedPercent: number;
  /** Actions that stand so may be deleted. */
  readonly deletable: readonly AssignmentState[];
};

/** Settings that a tenant has not set are as usual: off. */
export async function doorSettings(reader: Reader, tenant: number): Promise<DoorSettings> {
  const options = await tenantOptions(reader, tenant);
  const isOn = (key: string) => options.get(key)?.value === 'true';
  return {
    asksConsent: isOn('user.confirmation.flow.enabled'),
    endsOlder: isOn('repository.actions.autoclose.enabled'),
    asksApproval: isOn('rollout.approval.enabled'),
    asksAutoApproval: isOn('auto.assignment.approval.enabled'),
    removedPercent: Number(removalOf(options, ROOM_KEY)),
    deletable: statesIn(removalOf(options, 'action.delete.allowed.statuses')),
  };
}

type ActionsKept = { readonly milliseconds: number; readonly states: readonly AssignmentState[] };

/** How long actions of a tenant are kept that are over, as its settings of this door say. */
export async function endedKept(reader: Reader, tenant: number): Promise<ActionsKept | null> {
  const options = await tenantOptions(reader, tenant);
  const milliseconds = Number(removalOf(options, 'action.cleanup.auto.expiry'));
  return milliseconds < 0 ? null : { milliseconds, states: statesIn(removalOf(options, 'action.cleanup.auto.status')) };
}

function removalOf(options: ReadonlyMap<string, TenantOptionRow>, key: keyof typeof USUAL_REMOVAL): string {
  const option = options.get(key);
  return String(option === undefined ? USUAL_REMOVAL[key] : JSON.parse(option.value));
}

/** hawkBit's words for how actions end (frozen), in ours: what was superseded was canceled there. */
const STATES_OF_WORD: Readonly<Record<string, readonly AssignmentState[]>> = {
  CANCELED: ['canceled', 'superseded'],
  ERROR: ['failed'],
  FINISHED: ['succeeded'],
};

function statesIn(list: string): readonly AssignmentState[] {
  return list.split(',').flatMap((word) => STATES_OF_WORD[word.trim().toUpperCase()] ?? []);
}
