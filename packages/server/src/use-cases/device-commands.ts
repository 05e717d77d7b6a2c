import {
  appendEvent,
  changeDevice,
  type CommandContext,
  deleteDevice,
  findDevice,
  findDeviceTypeByName,
  insertDevice,
  readDeviceAtContact,
  setDeviceToken,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { stepAttempt } from './attempt-step.ts';
import { type DeviceView, deviceViews } from './device-view.ts';
import { once } from './once.ts';
import { refused } from './outcome.ts';

type DeviceChange = { readonly type?: string | null | undefined; readonly description?: string | undefined };

export const deviceCommands = {
  'device.create': once(createDevice),
  'device.change': changeOne,
  'device.delete': removeDevice,
  'device.renew-token': renewToken,
  'device.request-attributes': requestAttributes,
};

async function createDevice(
  context: CommandContext,
  input: {
    readonly scope: Scope;
    readonly name: string;
    readonly type: string | null;
    readonly description: string;
    readonly tokenHash: string;
  },
) {
  const { scope, name, description, tokenHash } = input;
  const type = await typeOf(context, scope, input.type);
  if (type === undefined) return refused('not-found');
  const row = await insertDevice(context, { tenant: scope.tenant, name, type, description, tokenHash });
  if (row === undefined) return refused('name-taken');
  await noteDevice(context, scope, 'device.created', name, { type: input.type });
  return { outcome: 'created' as const, device: await viewOf(context, scope, name) };
}

/** A type that does not exist is told apart from a device that does not. */
async function changeOne(
  context: CommandContext,
  input: {
    readonly scope: Scope;
    readonly name: string;
    readonly expectedRevision: number | null;
    readonly change: DeviceChange;
  },
) {
  const { scope, name, change } = input;
  const type = change.type === undefined ? null : await typeOf(context, scope, change.type);
  if (type === undefined) return { ...refused('not-found'), missing: 'type' as const };
  const row = await changeDevice(
    context,
    { ...input, tenant: scope.tenant },
    {
      ...(change.type === undefined ? {} : { type }),
      ...(change.description === undefined ? {} : { description: change.description }),
    },
  );
  if (row === undefined) return { ...(await absentOrStale(context, scope, name)), missing: 'device' as const };
  await noteDevice(context, scope, 'device.changed', name, change);
  return { outcome: 'changed' as const, device: await viewOf(context, scope, name) };
}

/** What is open ends with its device, unasked: nobody is left to ask. */
async function removeDevice(
  context: CommandContext,
  input: { readonly scope: Scope; readonly name: string; readonly expectedRevision: number | null },
) {
  const { scope, name } = input;
  const row = await changeDevice(context, { ...input, tenant: scope.tenant }, {});
  if (row === undefined) return absentOrStale(context, scope, name);
  await closeForDeletedDevice(context, scope, row.id);
  await deleteDevice(context, row.id);
  await noteDevice(context, scope, 'device.deleted', name, {});
  return { outcome: 'deleted' as const };
}

async function closeForDeletedDevice(context: CommandContext, scope: Scope, device: number) {
  const at = await readDeviceAtContact(context.db, device);
  for (const { id } of at?.open ?? [])
    await stepAttempt(context, scope, { assignment: id, input: { type: 'force-quit' } });
}

async function renewToken(
  context: CommandContext,
  input: { readonly scope: Scope; readonly name: string; readonly tokenHash: string },
) {
  const { scope, name, tokenHash } = input;
  const row = await changeDevice(context, { tenant: scope.tenant, name, expectedRevision: null }, {});
  if (row === undefined) return refused('not-found');
  await setDeviceToken(context, row, tokenHash);
  await noteDevice(context, scope, 'device.token-renewed', name, {});
  return { outcome: 'renewed' as const, device: await viewOf(context, scope, name) };
}

async function requestAttributes(context: CommandContext, input: { readonly scope: Scope; readonly name: string }) {
  const { scope, name } = input;
  const device = { tenant: scope.tenant, name, expectedRevision: null };
  const row = await changeDevice(context, device, { attributes_wanted: 1 });
  if (row === undefined) return refused('not-found');
  await noteDevice(context, scope, 'device.attributes-requested', name, {});
  return { outcome: 'requested' as const };
}

/** The id of the type of that name; null stays null, undefined where there is none. */
async function typeOf(context: CommandContext, scope: Scope, name: string | null): Promise<number | null | undefined> {
  return name === null ? null : (await findDeviceTypeByName(context.db, scope.tenant, name))?.id;
}

async function absentOrStale(context: CommandContext, scope: Scope, name: string) {
  const found = await findDevice(context.db, scope.tenant, name);
  return found === undefined ? refused('not-found') : refused('precondition-failed');
}

async function viewOf(context: CommandContext, scope: Scope, name: string): Promise<DeviceView> {
  const row = await findDevice(context.db, scope.tenant, name);
  const [view] = row === undefined ? [] : await deviceViews(context.db, [row]);
  if (view === undefined) throw new Error(`the device ${name} is not there in its own transaction`);
  return view;
}

async function noteDevice(
  context: CommandContext,
  scope: Scope,
  name: `device.${string}`,
  device: string,
  data: Readonly<Record<string, unknown>>,
) {
  await appendEvent(context, {
    tenant: scope.tenant,
    name,
    actor: scope.actor,
    subject: { kind: 'device', id: device },
    data,
  });
}
