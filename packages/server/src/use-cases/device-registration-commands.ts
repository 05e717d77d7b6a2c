import {
  type CommandContext,
  ensureGroup,
  findDevice,
  findDeviceTypeById,
  insertDevice,
  moveToGroup,
  retriedOnRace,
  writePlaces,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { noteDevice } from './device-record.ts';
import { refused } from './outcome.ts';

/** A token that its device shows, as it is kept: readable again under the instance key. */
export type KeptToken = { readonly hash: string; readonly sealed: string };

export type Registration = {
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly address: string;
  readonly token: KeptToken;
  /** Id of its type; null: none. */
  readonly type: number | null;
  /** Path of its group; null: none. */
  readonly group: string | null;
};

export const deviceRegistrationCommands = { 'device.register': register };

/** Adds devices whose tokens stay readable: all of them, or none. */
async function register(
  context: CommandContext,
  input: { readonly scope: Scope; readonly devices: readonly Registration[] },
) {
  const { scope, devices } = input;
  const names = new Set<string>();
  for (const { name, type } of devices) {
    if (names.has(name) || (await findDevice(context.db, scope.tenant, name)) !== undefined)
      return { ...refused('name-taken'), name };
    if (type !== null && (await findDeviceTypeById(context.db, scope.tenant, type)) === undefined)
      return { ...refused('not-found'), type };
    names.add(name);
  }
  for (const device of devices) await registerOne(context, scope, device);
  return { outcome: 'registered' as const };
}

async function registerOne(context: CommandContext, scope: Scope, device: Registration): Promise<void> {
  const { token, group, name, displayName, ...said } = device;
  const row = await retriedOnRace(() =>
    insertDevice(context, {
      ...said,
      name,
      displayName: displayName === name ? '' : displayName,
      tenant: scope.tenant,
      tokenHash: token.hash,
      tokenSealed: token.sealed,
      createdBy: scope.actor,
    }),
  );
  if (row === undefined) throw new Error(`the device ${name} was added meanwhile`);
  if (group !== null) {
    const place = await ensureGroup(context, scope.tenant, group);
    await moveToGroup(context, [row.id], place);
    await writePlaces(context, scope.tenant, [{ ...row, group_path: place.path }]);
  }
  await noteDevice(context, scope, { name: 'device.created', device: name, data: { type: device.type } });
}
