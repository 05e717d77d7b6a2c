import { fold } from '@updraft/core';
import type { Kysely, Selectable } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { ListDeclaration } from '../list/list-fields.ts';
import type { Schema } from '../schema.ts';
import { newUid } from '../uid.ts';

export type GatewayTokenRow = Selectable<Schema['gateway_token']> & {
  /** Name of the type that it is for. */
  readonly type_name: string | null;
};

export const GATEWAY_TOKEN_LIST: ListDeclaration = {
  fields: {
    name: { type: 'text', column: 'gateway_token.name_fold', sortable: true },
    createdAt: { type: 'instant', column: 'gateway_token.created_at' },
  },
  id: 'gateway_token.id',
  defaultSort: 'name',
};

export function selectGatewayTokens(db: Kysely<Schema>, tenant: number) {
  return gatewayTokens(db).where('gateway_token.tenant', '=', tenant);
}

/** A gateway token opens the devices' doors of its own tenant only. */
export async function findGatewayToken(
  db: Kysely<Schema>,
  tenant: number,
  hash: string,
): Promise<GatewayTokenRow | undefined> {
  return gatewayTokens(db)
    .where('gateway_token.token_hash', '=', hash)
    .where('gateway_token.tenant', '=', tenant)
    .executeTakeFirst();
}

function gatewayTokens(db: Kysely<Schema>) {
  return db
    .selectFrom('gateway_token')
    .leftJoin('device_type', 'device_type.id', 'gateway_token.device_type')
    .selectAll('gateway_token')
    .select('device_type.name as type_name');
}

/** Adds a token; undefined where the tenant has one of that name. */
export async function insertGatewayToken(
  context: CommandContext,
  token: {
    readonly tenant: number;
    readonly name: string;
    readonly tokenHash: string;
    /** Id of the type that it is for; null: any. */
    readonly deviceType: number | null;
  },
): Promise<Selectable<Schema['gateway_token']> | undefined> {
  return context.db
    .insertInto('gateway_token')
    .values({
      uid: newUid(context.now),
      tenant: token.tenant,
      name: token.name,
      name_fold: fold(token.name),
      token_hash: token.tokenHash,
      device_type: token.deviceType,
      created_at: context.now,
    })
    .onConflict((conflict) => conflict.columns(['tenant', 'name_fold']).doNothing())
    .returningAll()
    .executeTakeFirst();
}

/** Revokes; tells the name of what went, undefined where there was nothing. */
export async function deleteGatewayToken(
  context: CommandContext,
  tenant: number,
  uid: string,
): Promise<string | undefined> {
  const row = await context.db
    .deleteFrom('gateway_token')
    .where('tenant', '=', tenant)
    .where('uid', '=', uid)
    .returning('name')
    .executeTakeFirst();
  return row?.name;
}
