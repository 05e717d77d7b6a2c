import { showsOtherVersion } from '@updraft/core';
import {
  attributesOf,
  forgetRunningRelease,
  runningVersionOf,
  readDeviceAtContact,
  saveAttributes,
  setAttributesWanted,
  appendEvent,
  locatedDevice,
  takeDevice,
  writePlaces,
  type AttributeChange,
  type CommandContext,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { stepAttempt } from './attempt-step.ts';

/** hawkBit's limit, which its clients expect. */
export const MAX_ATTRIBUTES_PER_DEVICE = 100;

export type AttributesInput = { readonly scope: Scope; readonly device: number; readonly change: AttributeChange };
export type AttributesOutcome = { readonly outcome: 'kept' | 'too-many' | 'unknown' };

/** Takes what a device says of itself: it is kept, no longer asked for, and shown to what waits for evidence. */
async function reportAttributes(context: CommandContext, input: AttributesInput): Promise<AttributesOutcome> {
  const { scope, device, change } = input;
  if (!(await takeDevice(context, scope.tenant, device))) return { outcome: 'unknown' };
  const before = await attributesOf(context.db, device);
  const after = changed(before, change);
  if (after.size > MAX_ATTRIBUTES_PER_DEVICE) return { outcome: 'too-many' };
  await saveAttributes(context, { id: device, tenant: scope.tenant }, change);
  await placeDevice(context, input);
  if (change.mode !== 'remove') await showVersion(context, input);
  await setAttributesWanted(context, device, false);
  if (!isSame(before, after)) await recordChange(context, input);
  return { outcome: 'kept' };
}

function changed(before: ReadonlyMap<string, string>, { data, mode }: AttributeChange): ReadonlyMap<string, string> {
  const after = new Map(mode === 'replace' ? [] : before);
  for (const [key, value] of Object.entries(data)) {
    if (value === null || mode === 'remove') after.delete(key);
    else after.set(key, value);
  }
  return after;
}

/** Only what this report says counts: what was stored before may have been said before the reboot. */
async function showVersion(context: CommandContext, input: AttributesInput): Promise<void> {
  const said = Object.entries(input.change.data).filter(([, value]) => value !== null);
  const attributes = Object.fromEntries(said) as Record<string, string>;
  const open = (await readDeviceAtContact(context.db, input.device, context.now))?.open ?? [];
  for (const { id, attempt } of open)
    if (attempt !== null)
      await stepAttempt(context, input.scope, { assignment: id, input: { type: 'attributes-reported', attributes } });
  // In the midst of an update both versions may show.
  if (open.every(({ attempt }) => attempt === null || attempt.begunAt === null))
    await noteOtherVersion(context, input, attributes);
}

/** Its disk was restored, or it was updated by hand: what it was known to run it may be brought again. */
async function noteOtherVersion(
  context: CommandContext,
  { scope, device }: AttributesInput,
  attributes: Readonly<Record<string, string>>,
): Promise<void> {
  const known = await runningVersionOf(context.db, device);
  if (known === undefined || !showsOtherVersion(known, attributes)) return;
  await forgetRunningRelease(context, device);
  await appendEvent(context, {
    tenant: scope.tenant,
    name: 'device.runs-other',
    actor: scope.actor,
    subject: { kind: 'device', id: scope.actor },
    data: { release: known.release, shows: attributes[known.versionAttribute] ?? null },
  });
}

/** Its zone and its site follow what it says. */
async function placeDevice(context: CommandContext, { scope, device }: AttributesInput): Promise<void> {
  const row = await locatedDevice(context.db, device);
  if (row !== undefined) await writePlaces(context, scope.tenant, [row]);
}

function isSame(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): boolean {
  return before.size === after.size && [...after].every(([key, value]) => before.get(key) === value);
}

async function recordChange(context: CommandContext, { scope }: AttributesInput): Promise<void> {
  await appendEvent(context, {
    tenant: scope.tenant,
    name: 'device.attributes-changed',
    actor: scope.actor,
    subject: { kind: 'device', id: scope.actor },
    data: {},
  });
}

export const attributeCommands = { 'device.report-attributes': reportAttributes };
