import { atContact, type ContactStep, type OfferSplit } from '@updraft/core';
import {
  appendEvent,
  HOUR_MS,
  holdGates,
  insertDevice,
  readDeviceAtContact,
  retriedOnRace,
  saveContactHours,
  saveContacts,
  setShownAssignment,
  takeDevice,
  type CommandContext,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import type { KeptToken } from './device-registration-commands.ts';
import { stepAttempt } from './attempt-step.ts';
import { movePaceLast } from './pace-places.ts';

/** Devices whose contact one command writes; others run between two of them. */
export const DEVICES_PER_CONTACT_SLICE = 2000;

/** Each round ends, withdraws or offers something; more rounds than this are a defect. */
const MAX_ROUNDS = 32;

/** `splitsOffers`: what the client can be told; left out: nothing but what it may install. */
export type ContactInput = { readonly scope: Scope; readonly device: number; readonly splitsOffers?: OfferSplit };

export const contactCommands = {
  'device.settle-contact': async (context: CommandContext, input: ContactInput): Promise<void> => {
    if (await takeDevice(context, input.scope.tenant, input.device)) await settleContact(context, input);
  },
  'device.save-contacts': saveContactSlice,
  'device.join': join,
};

/** Takes the steps that a device's contact asks for: core plans them, until nothing is left to do. */
export async function settleContact(context: CommandContext, contact: ContactInput): Promise<void> {
  const { scope, device, splitsOffers = 'never' } = contact;
  await holdGates(context, device);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const at = await readDeviceAtContact(context.db, device, context.now);
    if (at === null) return;
    const { current, steps } = atContact({ ...at.device, splitsOffers }, at.open, context.now);
    if (steps.length === 0) return setShownAssignment(context, device, current?.id ?? null);
    for (const step of steps) {
      const taken = await stepAttempt(context, scope, step);
      if (isPacedGrant(step) && taken.outcome === 'changed' && taken.attemptId !== null)
        movePaceLast(context, 'reserved', { rollout: taken.rollout, device, attempt: taken.attemptId });
    }
  }
  throw Object.assign(new Error(`the contact of device ${device} does not settle`), { code: 'contact-unsettled' });
}

/** `devices` were in contact; of `fresh` it is not known that the bit of the hour `hour` (since 1970) is set. */
export type ContactSlice = {
  readonly devices: readonly number[];
  readonly hour: number | null;
  readonly fresh: readonly number[];
};

/** Tells in which hour, by the database's clock, the bits of all of them are set now. */
async function saveContactSlice(context: CommandContext, { devices, hour, fresh }: ContactSlice): Promise<number> {
  const current = Math.floor(context.now / HOUR_MS);
  await saveContacts(context, devices);
  const unmarked = hour === current ? fresh : devices;
  if (unmarked.length > 0) await saveContactHours(context, unmarked);
  return current;
}

/** An offer, or the grant of an install, that needs a place of its rollout's pace. */
function isPacedGrant({ input }: ContactStep): boolean {
  return (input.type === 'offer-made' || input.type === 'install-offered') && input.paced === true;
}

export type JoinInput = {
  readonly scope: Scope;
  readonly name: string;
  /** Id of the type that it gets; null, as all that follows, where it is left out. */
  readonly type?: number | null;
  readonly by?: 'gateway-token' | 'trusted-header';
  /** One of its own, for when it is told. */
  readonly token?: KeptToken | null;
};

/** A device that somebody vouches for joins at its first contact, accepted. */
async function join(context: CommandContext, input: JoinInput): Promise<void> {
  const { scope, name, type = null, by = 'gateway-token', token = null } = input;
  // hawkBit's own words, which its users look for.
  const description = `Plug and Play target: ${name}`;
  const kept = { tokenHash: token?.hash ?? null, tokenSealed: token?.sealed ?? null };
  const device = { tenant: scope.tenant, name, type, description, ...kept };
  // Two first contacts at once make one device.
  if ((await retriedOnRace(() => insertDevice(context, device))) === undefined) return;
  await appendEvent(context, {
    tenant: scope.tenant,
    name: 'device.created',
    actor: scope.actor,
    subject: { kind: 'device', id: name },
    data: { joined: by },
  });
}
