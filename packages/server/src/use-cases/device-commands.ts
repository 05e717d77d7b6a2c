import { changeDevice, type CommandContext, findDeviceTypeByName, insertDevice, setDeviceToken } from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { absentOrStale, deviceViewOf, noteDevice } from './device-record.ts';
import { once } from './once.ts';
import { refused } from './outcome.ts';

type DeviceChange = { readonly type?: string | null | undefined; readonly description?: string | undefined };

export const deviceCommands = {
  'device.create': once(createDevice),
  'device.change': changeOne,
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
  const row = await insertDevice(context, {
    tenant: scope.tenant,
    name,
    type,
    description,
    tokenHash,
    createdBy: scope.actor,
  });
  if (row === undefined) return refused('name-taken');
  await noteDevice(context, scope, { name: 'device.created', device: name, data: { type: input.type } });
  return { outcome: 'created' as const, device: await deviceViewOf(context, scope, name) };
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
      changedBy: scope.actor,
    },
  );
  if (row === undefined) return { ...(await absentOrStale(context, scope, name)), missing: 'device' as const };
  await noteDevice(context, scope, { name: 'device.changed', device: name, data: change });
  return { outcome: 'changed' as const, device: await deviceViewOf(context, scope, name) };
}

async function renewToken(
  context: CommandContext,
  input: { readonly scope: Scope; readonly name: string; readonly tokenHash: string },
) {
  const { scope, name, tokenHash } = input;
  const row = await changeDevice(context, { tenant: scope.tenant, name, expectedRevision: null }, {});
  if (row === undefined) return refused('not-found');
  await setDeviceToken(context, row, { hash: tokenHash, sealed: null });
  await noteDevice(context, scope, { name: 'device.token-renewed', device: name });
  return { outcome: 'renewed' as const, device: await deviceViewOf(context, scope, name) };
}

async function requestAttributes(context: CommandContext, input: { readonly scope: Scope; readonly name: string }) {
  const { scope, name } = input;
  const device = { tenant: scope.tenant, name, expectedRevision: null };
  const row = await changeDevice(context, device, { attributes_wanted: 1 });
  if (row === undefined) return refused('not-found');
  await noteDevice(context, scope, { name: 'device.attributes-requested', device: name });
  return { outcome: 'requested' as const };
}

/** The id of the type of that name; null stays null, undefined where there is none. */
async function typeOf(context: CommandContext, scope: Scope, name: string | null): Promise<number | null | undefined> {
  return name === null ? null : (await findDeviceTypeByName(context.db, scope.tenant, name))?.id;
}
