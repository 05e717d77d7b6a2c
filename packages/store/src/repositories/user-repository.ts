import { fold, type Right } from '@updraft/core';
import type { Kysely, Selectable } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { ListDeclaration } from '../list/list-fields.ts';
import type { Schema } from '../schema.ts';
import { newUid } from '../uid.ts';

export type UserRow = Selectable<Schema['user_account']>;
export type UserWithTenantName = UserRow & { readonly tenant_name: string };

export const USER_LIST: ListDeclaration = {
  fields: {
    name: { type: 'text', column: 'user_account.name_fold', sortable: true },
    createdAt: { type: 'instant', column: 'user_account.created_at' },
  },
  id: 'user_account.id',
  defaultSort: 'name',
};

export function selectUsers(db: Kysely<Schema>, tenant: number) {
  return db.selectFrom('user_account').selectAll().where('user_account.tenant', '=', tenant);
}

/** A log-in names no tenant: user names are unique in the whole server. */
export async function findUserByName(db: Kysely<Schema>, name: string): Promise<UserWithTenantName | undefined> {
  return db
    .selectFrom('user_account')
    .innerJoin('tenant', 'tenant.id', 'user_account.tenant')
    .selectAll('user_account')
    .select('tenant.name as tenant_name')
    .where('user_account.name_fold', '=', fold(name))
    .executeTakeFirst();
}

export async function findUser(db: Kysely<Schema>, tenant: number, uid: string): Promise<UserRow | undefined> {
  return db
    .selectFrom('user_account')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('uid', '=', uid)
    .executeTakeFirst();
}

export async function countUsers(db: Kysely<Schema>, tenant: number): Promise<number> {
  const row = await db
    .selectFrom('user_account')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('tenant', '=', tenant)
    .executeTakeFirstOrThrow();
  return row.n;
}

/** Adds a user; undefined where the name is taken, in whatever tenant. */
export async function insertUser(
  context: CommandContext,
  user: {
    readonly tenant: number;
    readonly name: string;
    readonly passwordHash: string;
    readonly rights: readonly Right[];
  },
): Promise<UserRow | undefined> {
  return context.db
    .insertInto('user_account')
    .values({
      uid: newUid(context.now),
      tenant: user.tenant,
      name: user.name,
      name_fold: fold(user.name),
      password_hash: user.passwordHash,
      rights: user.rights.join(','),
      created_at: context.now,
    })
    .onConflict((conflict) => conflict.column('name_fold').doNothing())
    .returningAll()
    .executeTakeFirst();
}

/** Sets a new password or other rights if the row has the expected revision (null: whatever it has). */
export async function changeUserAccount(
  context: CommandContext,
  user: { readonly id: number; readonly expectedRevision: number | null },
  change: { readonly passwordHash?: string | undefined; readonly rights?: readonly Right[] | undefined },
): Promise<UserRow | undefined> {
  const update = context.db
    .updateTable('user_account')
    .set((eb) => ({
      ...(change.passwordHash === undefined ? {} : { password_hash: change.passwordHash }),
      ...(change.rights === undefined ? {} : { rights: change.rights.join(',') }),
      revision: eb('revision', '+', 1),
    }))
    .where('id', '=', user.id);
  const guarded = user.expectedRevision === null ? update : update.where('revision', '=', user.expectedRevision);
  return guarded.returningAll().executeTakeFirst();
}

/** The API tokens that act as the user go with the row. Tells whether the row had the expected revision. */
export async function deleteUser(
  context: CommandContext,
  user: { readonly id: number; readonly expectedRevision: number | null },
): Promise<boolean> {
  const statement = context.db.deleteFrom('user_account').where('id', '=', user.id);
  const guarded = user.expectedRevision === null ? statement : statement.where('revision', '=', user.expectedRevision);
  return (await guarded.returning('id').executeTakeFirst()) !== undefined;
}
