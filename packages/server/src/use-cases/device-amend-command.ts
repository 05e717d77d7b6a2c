import {
  changeDevice,
  type CommandContext,
  findDevice,
  findDeviceTypeById,
  renameDevice,
  retriedOnRace,
  setDeviceToken,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import type { KeptToken } from './device-registration-commands.ts';
import { noteDevice } from './device-record.ts';
import { refused } from './outcome.ts';

/** What is left out stays. */
export type Amendment = {
  readonly newName?: string | undefined;
  readonly displayName?: string | undefined;
  readonly description?: string | undefined;
  readonly address?: string | undefined;
  readonly token?: KeptToken | undefined;
  /** Id of its type; null: none. */
  readonly type?: number | null | undefined;
  readonly wantsAttributes?: true | undefined;
};

export const deviceAmendCommand = { 'device.amend': amend };

/** Changes what operators say of a device, its token and its name, all at once. */
async function amend(
  context: CommandContext,
  input: { readonly scope: Scope; readonly name: string; readonly change: Amendment },
) {
  const { scope, name, change } = input;
  const { type, newName, description, address, token } = change;
  if (typeof type === 'number' && (await findDeviceTypeById(context.db, scope.tenant, type)) === undefined)
    return { ...refused('not-found'), missing: 'type' as const };
  const finalName = newName ?? name;
  const found = await findDevice(context.db, scope.tenant, name);
  if (found === undefined) return { ...refused('not-found'), missing: 'device' as const };
  if (finalName !== name && (await findDevice(context.db, scope.tenant, finalName)) !== undefined)
    return refused('name-taken');
  // People go on calling it as they did.
  const displayName = change.displayName ?? (found.display_name === '' ? name : found.display_name);
  const row = await changeDevice(
    context,
    { tenant: scope.tenant, name, expectedRevision: null },
    {
      ...(type === undefined ? {} : { type }),
      ...(description === undefined ? {} : { description }),
      displayName: displayName === finalName ? '' : displayName,
      ...(address === undefined ? {} : { address }),
      ...(change.wantsAttributes === true ? { attributes_wanted: 1 as const } : {}),
      changedBy: scope.actor,
    },
  );
  if (row === undefined) throw new Error(`the device ${name} vanished`);
  if (token !== undefined) await setDeviceToken(context, row, token);
  if (finalName !== name) await retriedOnRace(() => renameDevice(context, row, finalName));
  const data = { ...(type === undefined ? {} : { type }), ...(finalName === name ? {} : { before: name }) };
  await noteDevice(context, scope, { name: 'device.changed', device: finalName, data });
  return { outcome: 'changed' as const, name: finalName };
}
