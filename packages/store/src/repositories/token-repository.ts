import { fold, type Right } from '@updraft/core';
import type { Kysely, Selectable } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { ListDeclaration } from '../list/list-fields.ts';
import type { Schema } from '../schema.ts';
import { newUid } from '../uid.ts';

/** With the name of the user who acts through it; null for a machine of its own. */
export type TokenRow = Selectable<Schema['api_token']> & {
  readonly user_name: string | null;
  readonly user_rights: string | null;
};
export type TokenWithTenantName = TokenRow & { readonly tenant_name: string };

export const TOKEN_LIST: ListDeclaration = {
  fields: {
    name: { type: 'text', column: 'api_token.name_fold', sortable: true },
    user: { type: 'text', column: 'user_account.name_fold' },
    createdAt: { type: 'instant', column: 'api_token.created_at' },
    lastUsedAt: { type: 'instant', column: 'api_token.last_used_at' },
  },
  id: 'api_token.id',
  defaultSort: 'name',
};

/** The query of one token, joined with its user: lists go on from it. */
export function selectTokens(db: Kysely<Schema>) {
  return db
    .selectFrom('api_token')
    .leftJoin('user_account', 'user_account.id', 'api_token.user_id')
    .selectAll('api_token')
    .select(['user_account.name as user_name', 'user_account.rights as user_rights']);
}

export async function findTokenByHash(db: Kysely<Schema>, hash: string): Promise<TokenWithTenantName | undefined> {
  return selectTokens(db)
    .innerJoin('tenant', 'tenant.id', 'api_token.tenant')
    .select('tenant.name as tenant_name')
    .where('api_token.token_hash', '=', hash)
    .executeTakeFirst();
}

/** Adds a token; undefined where the tenant has one of that name. */
export async function insertToken(
  context: CommandContext,
  token: {
    readonly tenant: number;
    readonly name: string;
    readonly user: number | null;
    readonly createdBy: string;
    /** The user behind its creator. */
    readonly maker: string;
    readonly tokenHash: string;
    readonly rights: readonly Right[];
    readonly expiresAt: number | null;
  },
): Promise<TokenRow | undefined> {
  const inserted = await context.db
    .insertInto('api_token')
    .values({
      uid: newUid(context.now),
      tenant: token.tenant,
      name: token.name,
      name_fold: fold(token.name),
      user_id: token.user,
      created_by: token.createdBy,
      maker: token.maker,
      token_hash: token.tokenHash,
      rights: token.rights.join(','),
      created_at: context.now,
      expires_at: token.expiresAt,
      last_used_at: null,
    })
    .onConflict((conflict) => conflict.columns(['tenant', 'name_fold']).doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted === undefined) return undefined;
  return selectTokens(context.db).where('api_token.id', '=', inserted.id).executeTakeFirstOrThrow();
}

export async function noteTokenUsed(context: CommandContext, id: number) {
  await context.db.updateTable('api_token').set({ last_used_at: context.now }).where('id', '=', id).execute();
}

/** Revokes; tells the name of what went, undefined where there was nothing. */
export async function deleteToken(context: CommandContext, tenant: number, uid: string): Promise<string | undefined> {
  const row = await context.db
    .deleteFrom('api_token')
    .where('tenant', '=', tenant)
    .where('uid', '=', uid)
    .returning('name')
    .executeTakeFirst();
  return row?.name;
}
