import { tenantOptions } from '@updraft/store';
import type { Reader } from './handler.ts';

/** What a tenant's settings of this door mean for what it makes. */
export type DoorSettings = {
  /** What is assigned waits for the device's user, unless it is said that it does not. */
  readonly asksConsent: boolean;
  /** What a new assignment supersedes ends at once; else the device is asked. */
  readonly endsOlder: boolean;
  readonly asksApproval: boolean;
  readonly asksAutoApproval: boolean;
};

/** Settings that a tenant has not set are off. */
export async function doorSettings(reader: Reader, tenant: number): Promise<DoorSettings> {
  const options = await tenantOptions(reader, tenant);
  const isOn = (key: string) => options.get(key)?.value === 'true';
  return {
    asksConsent: isOn('user.confirmation.flow.enabled'),
    endsOlder: isOn('repository.actions.autoclose.enabled'),
    asksApproval: isOn('rollout.approval.enabled'),
    asksAutoApproval: isOn('auto.assignment.approval.enabled'),
  };
}
