import { atContact } from '@updraft/core';
import { holdGates, readDeviceAtContact, takeDevice, type CommandContext } from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { showCurrent, stepAttempt } from './attempt-step.ts';

/** Each round ends, withdraws or offers something; more rounds than this are a defect. */
const MAX_ROUNDS = 32;

export type ContactInput = { readonly scope: Scope; readonly device: number };

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

export const contactCommands = {
  'device.settle-contact': async (context: CommandContext, input: ContactInput) => {
    if (await takeDevice(context, input.scope.tenant, input.device)) await settleContact(context, input);
  },
};
