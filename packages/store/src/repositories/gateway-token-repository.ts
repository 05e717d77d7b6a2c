import { fold } from '@updraft/core';
import type { Kysely, Selectable } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { ListDeclaration } from '../list/list-fields.ts';
import type { Schema } from '../schema.ts';
import { newUid } from '../uid.ts';

export type GatewayTokenRow = Selectable<Schema['gateway_token']>;

export const GATEWAY_TOKEN_LIST: ListDeclaration = {
  fields: {
    name: { type: 'text', column: 'gateway_token.name_fold', sortable: true },
    createdAt: { type: 'instant', column: 'gateway_token.created_at' },
  },
  id: 'gateway_token.id',
  defaultSort: 'name',
};

export function selectGatewayTokens(db: Kysely<Schema>, tenant: number) {
  return db.selectFrom('gateway_token').selectAll().where('gateway_token.tenant', '=', tenant);
}

/** A gateway token opens the devices' doors of its own tenant only. */
export async function findGatewayToken(
  db: Kysely<Schema>,
  tenant: number,
  hash: string,
): Promise<GatewayTokenRow | undefined> {
  return db
    .selectFrom('gateway_token')
    .selectAll()
    .where('token_hash', '=', hash)
    .where('tenant', '=', tenant)
    .executeTakeFirst();
}

/** Adds a token; undefined where the tenant has one of that name. */
export async function insertGatewayToken(
  context: CommandContext,
  token: { readonly tenant: number; readonly name: string; readonly tokenHash: string },
): Promise<GatewayTokenRow | undefined> {
  return context.db
    .insertInto('gateway_token')
    .values({
      uid: newUid(context.now),
      tenant: token.tenant,
      name: token.name,
      name_fold: fold(token.name),
      token_hash: token.tokenHash,
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
