import { atContact, fold, type GateSummary, type OfferSplit, type OpenAssignment } from '@updraft/core';
import type { PolledDevice } from '@updraft/store';
import type { Scope } from '../../access/scope.ts';
import type { DdiDoor } from './door.ts';
import type { DdiRequest } from './exchange.ts';

/** A device whose stored rows say what to answer. */
export type SettledDevice = {
  readonly device: PolledDevice;
  readonly current: OpenAssignment | null;
  /** False where what had to be written could not be: then only what was granted before is answered. */
  readonly settled: boolean;
  /** Of the current one, as of `device.readAt`. */
  readonly gates: GateSummary;
  readonly splitsOffers: OfferSplit;
};

/** A pause may come between a command and the read after it; a device that meets more than this polls again. */
const MAX_READS = 4;

export type Contact = {
  readonly scope: Scope;
  readonly controller: string;
  readonly device: PolledDevice;
  /** What its client can be told. */
  readonly splitsOffers: OfferSplit;
  readonly log: DdiRequest['log'];
};

/**
 * Brings a device to where its rows answer for it: most contacts find nothing to do; else one command takes the steps,
 * and the rows are read again, so that no permission is answered while a gate is shut.
 */
export async function settle(door: DdiDoor, contact: Contact): Promise<SettledDevice> {
  let { device } = contact;
  const { splitsOffers } = contact;
  for (let read = 1; ; read += 1) {
    const open = device.open.map(({ assignment }) => assignment);
    const { current, gates, steps } = atContact({ ...device.facts, splitsOffers }, open, device.readAt);
    const isSettled = steps.length === 0;
    if (isSettled && (current?.id ?? null) === device.shownAssignment) {
      if (current !== null) door.countGates(gates.shut);
      return { device, current, gates, settled: true, splitsOffers };
    }
    if (read === MAX_READS || !(await tryCommand(door, contact)))
      return { device, current, gates, settled: isSettled, splitsOffers };
    const again = await door.readDevice(fold(contact.scope.tenantName), contact.controller);
    if (again === null || again.device === null) return { device, current: null, gates, settled: false, splitsOffers };
    device = again.device;
  }
}

/** A full disk stops no poll. */
async function tryCommand(door: DdiDoor, { scope, device, splitsOffers, log }: Contact): Promise<boolean> {
  try {
    await door.commands.run('device.settle-contact', { scope, device: device.id, splitsOffers });
    return true;
  } catch (error) {
    log.warn({ err: error, device: device.facts.name }, 'what a contact asks for could not be written');
    return false;
  }
}

/** When what is answered may become another by time alone, epoch ms: a gate of the current assignment, or its forced time. */
export function endOf({ current, gates, device }: SettledDevice): number | null {
  const action = current?.rollout.policy.action;
  const forcedAt = action?.kind === 'time-forced' && action.forcedAt > device.readAt ? action.forcedAt : null;
  return earliest(forcedAt, gates.nextChange);
}

export function earliest(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}
