import { fold } from '@updraft/core';
import {
  type CommandContext,
  selectGatewayTokens,
  setRoomPercent,
  setTenantOption,
  unsetTenantOption,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { gatewayTokenCommands } from './gateway-token-commands.ts';
import { type SettingsChange, tenantCommands } from './tenant-commands.ts';

export const tenantOptionCommands = {
  'tenant-options.set': set,
  'tenant-options.unset': unset,
};

/** Settings of ours that another API's options stand for, and its one gateway token. */
export type OptionEffects = {
  readonly settings: SettingsChange;
  /** Hash of the token that takes the place of the one before; null: none does; undefined: it stays. */
  readonly gatewayTokenHash?: string | null | undefined;
  /** So much of what a device may have of assignments goes where it has as many; undefined: as it is. */
  readonly roomPercent?: number | undefined;
};

/** Values are JSON. */
async function set(
  context: CommandContext,
  input: OptionEffects & {
    readonly scope: Scope;
    readonly options: readonly { readonly key: string; readonly value: string }[];
  },
): Promise<void> {
  const { scope, options } = input;
  for (const { key, value } of options)
    await setTenantOption(context, { tenant: scope.tenant, key, value, by: scope.actor });
  await follow(context, scope, input);
}

async function unset(
  context: CommandContext,
  input: OptionEffects & { readonly scope: Scope; readonly key: string },
): Promise<void> {
  await unsetTenantOption(context, input.scope.tenant, input.key);
  await follow(context, input.scope, input);
}

async function follow(
  context: CommandContext,
  scope: Scope,
  { settings, gatewayTokenHash, roomPercent }: OptionEffects,
): Promise<void> {
  if (roomPercent !== undefined) await setRoomPercent(context, scope.tenant, roomPercent);
  if (Object.keys(settings).length > 0)
    await tenantCommands['settings.change'](context, { scope, expectedRevision: null, change: settings });
  if (gatewayTokenHash !== undefined) await replaceGatewayToken(context, scope, gatewayTokenHash);
}

/** hawkBit has one gateway token: ours of this name stands for it. */
const GATEWAY_TOKEN_NAME = 'gateway key';

async function replaceGatewayToken(context: CommandContext, scope: Scope, tokenHash: string | null): Promise<void> {
  const before = await selectGatewayTokens(context.db, scope.tenant)
    .where('gateway_token.name_fold', '=', fold(GATEWAY_TOKEN_NAME))
    .executeTakeFirst();
  if (before !== undefined) await gatewayTokenCommands['gateway-token.delete'](context, { scope, id: before.uid });
  if (tokenHash === null) return;
  const input = { scope, once: null, name: GATEWAY_TOKEN_NAME, tokenHash, deviceType: null };
  await gatewayTokenCommands['gateway-token.create'](context, input);
}
