import { atContact } from '@updraft/core';
import {
  appendEvent,
  holdGates,
  insertDevice,
  readDeviceAtContact,
  retriedOnRace,
  saveContacts,
  takeDevice,
  type CommandContext,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { showCurrent, stepAttempt } from './attempt-step.ts';

/** Devices whose contact one command writes; others run between two of them. */
export const DEVICES_PER_CONTACT_SLICE = 2000;

/** Each round ends, withdraws or offers something; more rounds than this are a defect. */
const MAX_ROUNDS = 32;

export type ContactInput = { readonly scope: Scope; readonly device: number };

export const contactCommands = {
  'device.settle-contact': async (context: CommandContext, input: ContactInput): Promise<void> => {
    if (await takeDevice(context, input.scope.tenant, input.device)) await settleContact(context, input);
  },
  'device.save-contacts': async (context: CommandContext, input: { readonly devices: readonly number[] }) =>
    saveContacts(context, input.devices),
  'device.join': join,
};

/** Takes the steps that a device's contact asks for: core plans them, until nothing is left to do. */
export async function settleContact(context: CommandContext, { scope, device }: ContactInput): Promise<void> {
  await holdGates(context, device);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const at = await readDeviceAtContact(context.db, device);
    const steps = at === null ? [] : atContact(at.device, at.open).steps;
    if (steps.length === 0) return showCurrent(context, device);
    for (const step of steps) await stepAttempt(context, scope, step);
  }
  throw Object.assign(new Error(`the contact of device ${device} does not settle`), { code: 'contact-unsettled' });
}

/** A device that a gateway token vouches for joins at its first contact, accepted. */
async function join(context: CommandContext, input: { readonly scope: Scope; readonly name: string }): Promise<void> {
  const { scope, name } = input;
  const device = { tenant: scope.tenant, name, type: null, description: '', tokenHash: null };
  // Two first contacts at once make one device.
  if ((await retriedOnRace(() => insertDevice(context, device))) === undefined) return;
  await appendEvent(context, {
    tenant: scope.tenant,
    name: 'device.created',
    actor: scope.actor,
    subject: { kind: 'device', id: name },
    data: { joined: 'gateway-token' },
  });
}
