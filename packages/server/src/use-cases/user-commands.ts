import { RIGHTS, type Right } from '@updraft/core';
import type { User } from '@updraft/protocols';
import {
  appendEvent,
  changeUserAccount,
  type CommandContext,
  countUsers,
  deleteUser,
  findUser,
  insertUser,
  lockTenant,
  type UserRow,
} from '@updraft/store';
import type { z } from 'zod';
import type { Scope } from '../access/scope.ts';
import { mayGrant, rightsOf } from '../access/rights.ts';
import { once } from './once.ts';
import { refused } from './outcome.ts';
import { timestamp } from './timestamp.ts';

export type UserView = z.output<typeof User>;

export const userCommands = {
  'user.create': once(createUser),
  'user.change': changeUser,
  'user.delete': removeUser,
};

export function userView(row: UserRow): UserView {
  return {
    id: row.uid,
    name: row.name,
    createdAt: timestamp(row.created_at),
    rights: [...rightsOf(row.rights)],
    revision: row.revision,
  };
}

async function createUser(
  context: CommandContext,
  input: {
    readonly scope: Scope;
    readonly name: string;
    readonly passwordHash: string;
    readonly rights?: readonly Right[] | undefined;
  },
) {
  const { scope, name, passwordHash } = input;
  const rights = input.rights ?? scope.rights ?? [];
  if (!mayGrant(scope, rights)) return refused('not-permitted');
  const row = await insertUser(context, { tenant: scope.tenant, name, passwordHash, rights });
  if (row === undefined) return refused('name-taken');
  await noteUser(context, scope, 'user.created', row);
  return { outcome: 'created' as const, user: userView(row) };
}

async function changeUser(
  context: CommandContext,
  input: {
    readonly scope: Scope;
    readonly id: string;
    readonly expectedRevision: number | null;
    readonly change: { readonly passwordHash?: string | undefined; readonly rights?: readonly Right[] | undefined };
  },
) {
  const { change } = input;
  if (change.rights !== undefined && !mayGrant(input.scope, RIGHTS)) return refused('not-permitted');
  const found = await findUser(context.db, input.scope.tenant, input.id);
  if (found === undefined) return refused('not-found');
  // Whoever knows somebody's password has that person's rights.
  if (change.passwordHash !== undefined && !mayGrant(input.scope, rightsOf(found.rights)))
    return refused('not-permitted');
  const expected = { id: found.id, expectedRevision: input.expectedRevision };
  const row = await changeUserAccount(context, expected, change);
  if (row === undefined) return refused('precondition-failed');
  if (change.passwordHash !== undefined) await noteUser(context, input.scope, 'user.password-changed', row);
  if (change.rights !== undefined) await noteUser(context, input.scope, 'user.rights-changed', row);
  return { outcome: 'changed' as const, user: userView(row) };
}

/** The last user of a tenant stays: nobody could come in again. */
async function removeUser(
  context: CommandContext,
  input: { readonly scope: Scope; readonly id: string; readonly expectedRevision: number | null },
) {
  const { scope, id, expectedRevision } = input;
  // Held, so that of two who remove each other the second sees the first.
  await lockTenant(context, scope.tenant);
  const found = await findUser(context.db, scope.tenant, id);
  if (found === undefined) return refused('not-found');
  if ((await countUsers(context.db, scope.tenant)) === 1) return refused('last-user');
  if (!(await deleteUser(context, { id: found.id, expectedRevision }))) return refused('precondition-failed');
  await noteUser(context, scope, 'user.deleted', found);
  return { outcome: 'deleted' as const };
}

async function noteUser(
  context: CommandContext,
  scope: Scope,
  name: 'user.created' | 'user.password-changed' | 'user.rights-changed' | 'user.deleted',
  user: UserRow,
) {
  await appendEvent(context, {
    tenant: scope.tenant,
    name,
    actor: scope.actor,
    subject: { kind: 'user', id: user.name },
    data: { rights: rightsOf(user.rights) },
  });
}
