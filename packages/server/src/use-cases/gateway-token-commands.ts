import type { GatewayToken } from '@updraft/protocols';
import {
  appendEvent,
  bumpRolloutsRevision,
  type CommandContext,
  deleteGatewayToken,
  findDeviceTypeByName,
  type GatewayTokenRow,
  insertGatewayToken,
} from '@updraft/store';
import type { z } from 'zod';
import type { Scope } from '../access/scope.ts';
import { once } from './once.ts';
import { refused } from './outcome.ts';
import { timestamp } from './timestamp.ts';

export type GatewayTokenView = z.output<typeof GatewayToken>;

export const gatewayTokenCommands = {
  'gateway-token.create': once(createGatewayToken),
  'gateway-token.delete': removeGatewayToken,
};

export function gatewayTokenView(row: GatewayTokenRow): GatewayTokenView {
  return { id: row.uid, name: row.name, deviceType: row.type_name, createdAt: timestamp(row.created_at) };
}

async function createGatewayToken(
  context: CommandContext,
  input: {
    readonly scope: Scope;
    readonly name: string;
    readonly tokenHash: string;
    /** Name of the type that it is for; null: any. */
    readonly deviceType: string | null;
  },
) {
  const { scope, name, tokenHash } = input;
  const type =
    input.deviceType === null ? null : await findDeviceTypeByName(context.db, scope.tenant, input.deviceType);
  if (type === undefined) return refused('not-found');
  const deviceType = type?.id ?? null;
  const row = await insertGatewayToken(context, { tenant: scope.tenant, name, tokenHash, deviceType });
  if (row === undefined) return refused('name-taken');
  await noteGatewayToken(context, scope, 'gateway-token.created', name);
  return { outcome: 'created' as const, gatewayToken: gatewayTokenView({ ...row, type_name: type?.name ?? null }) };
}

async function removeGatewayToken(context: CommandContext, input: { readonly scope: Scope; readonly id: string }) {
  const name = await deleteGatewayToken(context, input.scope.tenant, input.id);
  if (name === undefined) return refused('not-found');
  await noteGatewayToken(context, input.scope, 'gateway-token.deleted', name);
  return { outcome: 'deleted' as const };
}

/** Doors may remember whom a token let in: the tenant's remembered answers are dropped. */
async function noteGatewayToken(
  context: CommandContext,
  scope: Scope,
  name: 'gateway-token.created' | 'gateway-token.deleted',
  token: string,
) {
  await bumpRolloutsRevision(context, scope.tenant);
  await appendEvent(context, {
    tenant: scope.tenant,
    name,
    actor: scope.actor,
    subject: { kind: 'gateway-token', id: token },
    data: {},
  });
}
