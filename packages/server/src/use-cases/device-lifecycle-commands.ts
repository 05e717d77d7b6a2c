import type { AttemptInput } from '@updraft/core';
import {
  changeDevice,
  deleteDevice,
  findDevice,
  readDeviceAtContact,
  replaceHardware,
  retriedOnRace,
  setPenalty,
  type CommandContext,
  type DeviceRow,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { showCurrent, stepAttempt } from './attempt-step.ts';
import { absentOrStale, deviceViewOf, noteDevice } from './device-record.ts';
import { refused } from './outcome.ts';

export type DeviceAct = { readonly scope: Scope; readonly name: string; readonly expectedRevision: number | null };
export type Replacement = DeviceAct & { readonly newName: string | null; readonly tokenHash: string };

export const deviceLifecycleCommands = {
  'device.delete': removeDevice,
  'device.decommission': decommission,
  'device.replace': replace,
  'device.release-penalty': releasePenalty,
};

/** What is open ends with its device, unasked: nobody is left to ask. Its ended assignments stay under their numbers. */
async function removeDevice(context: CommandContext, act: DeviceAct) {
  const { scope, name } = act;
  const row = await changeDevice(context, { ...act, tenant: scope.tenant }, {});
  if (row === undefined) return absentOrStale(context, scope, name);
  await stepEach(context, scope, { device: row.id, input: { type: 'force-quit', reason: 'device-deleted' } });
  await deleteDevice(context, row.id);
  await noteDevice(context, scope, { name: 'device.deleted', device: name });
  return { outcome: 'deleted' as const };
}

/** Takes a device out of service for good, with its history kept: its door knows it no more, and no rollout takes it. */
async function decommission(context: CommandContext, act: DeviceAct) {
  const { scope, name } = act;
  const row = await take(context, act);
  if ('code' in row) return row;
  await stepEach(context, scope, { device: row.id, input: { type: 'force-quit', reason: 'decommissioned' } });
  await changeDevice(context, { ...act, expectedRevision: null, tenant: scope.tenant }, { identity: 'decommissioned' });
  await noteDevice(context, scope, { name: 'device.decommissioned', device: name });
  return { outcome: 'decommissioned' as const, device: await deviceViewOf(context, scope, name) };
}

/**
 * Puts new hardware in the place of a device: it takes over its name (or gets one), type, group, tags, metadata and site,
 * and what it was to get. What the old one was doing ends as canceled; what the new one runs is not known yet.
 */
async function replace(context: CommandContext, act: Replacement) {
  const { scope, tokenHash } = act;
  const row = await take(context, act);
  if ('code' in row) return row;
  const name = act.newName ?? act.name;
  if (name !== act.name && (await findDevice(context.db, scope.tenant, name)) !== undefined)
    return refused('name-taken');
  await stepEach(context, scope, { device: row.id, input: { type: 'device-replaced' } });
  await retriedOnRace(() => replaceHardware(context, row, { name, tokenHash }));
  await showCurrent(context, row.id);
  await noteDevice(context, scope, { name: 'device.replaced', device: name, data: { before: act.name } });
  return { outcome: 'replaced' as const, device: await deviceViewOf(context, scope, name) };
}

/** Takes a device back that was set aside: its failures until now count no more. */
async function releasePenalty(context: CommandContext, act: Omit<DeviceAct, 'expectedRevision'>) {
  const { scope, name } = act;
  const row = await changeDevice(context, { tenant: scope.tenant, name, expectedRevision: null }, {});
  if (row === undefined) return refused('not-found');
  if (row.penalty_until === null || row.penalty_until <= context.now) return refused('device-not-set-aside');
  await setPenalty(context, row.id, null);
  await noteDevice(context, scope, { name: 'device.penalty-released', device: name });
  return { outcome: 'released' as const, device: await deviceViewOf(context, scope, name) };
}

async function take(context: CommandContext, act: DeviceAct) {
  const row = await changeDevice(context, { ...act, tenant: act.scope.tenant }, {});
  if (row === undefined) return absentOrStale(context, act.scope, act.name);
  return row.identity === 'decommissioned' ? refused('device-decommissioned') : row;
}

async function stepEach(
  context: CommandContext,
  scope: Scope,
  { device, input }: { readonly device: DeviceRow['id']; readonly input: AttemptInput },
): Promise<void> {
  const at = await readDeviceAtContact(context.db, device, context.now);
  for (const { id } of at?.open ?? []) await stepAttempt(context, scope, { assignment: id, input });
}
