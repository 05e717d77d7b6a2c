import type { Right } from '@updraft/core';
import type { Token } from '@updraft/protocols';
import {
  appendEvent,
  type CommandContext,
  deleteToken,
  findUserByName,
  insertToken,
  noteTokenUsed,
  type TokenRow,
} from '@updraft/store';
import type { z } from 'zod';
import { authorOf, type Scope } from '../access/scope.ts';
import { mayGrant, rightsOf } from '../access/rights.ts';
import { once } from './once.ts';
import { refused } from './outcome.ts';
import { timestamp } from './timestamp.ts';

export type TokenView = z.output<typeof Token>;

export const tokenCommands = {
  'token.create': once(createToken),
  'token.delete': removeToken,
  'token.used': (context: CommandContext, input: { readonly id: number }) => noteTokenUsed(context, input.id),
};

export function tokenView(row: TokenRow): TokenView {
  return {
    id: row.uid,
    name: row.name,
    user: row.user_name,
    createdBy: row.created_by,
    createdAt: timestamp(row.created_at),
    expiresAt: timestamp(row.expires_at),
    lastUsedAt: timestamp(row.last_used_at),
    rights: [...rightsOf(row.rights)],
  };
}

/** A personal token acts as its user, with the rights of that user; a machine has those that are named. */
async function createToken(
  context: CommandContext,
  input: {
    readonly scope: Scope;
    readonly name: string;
    readonly kind: 'personal' | 'machine';
    readonly tokenHash: string;
    readonly expiresAt: number | null;
    readonly rights?: readonly Right[] | undefined;
  },
) {
  const { scope, name, kind, tokenHash, expiresAt } = input;
  const rights = input.rights ?? (kind === 'personal' ? (scope.rights ?? []) : []);
  if (!mayGrant(scope, rights)) return { ...refused('not-permitted'), missing: 'right' as const };
  const user = kind === 'personal' ? await actingUser(context, scope) : null;
  if (user === undefined) return refused('not-permitted');
  const row = await insertToken(context, {
    tenant: scope.tenant,
    name,
    user,
    createdBy: scope.actor,
    maker: authorOf(scope).maker,
    tokenHash,
    rights,
    expiresAt,
  });
  if (row === undefined) return refused('name-taken');
  await noteToken(context, scope, 'token.created', name);
  return { outcome: 'created' as const, token: tokenView(row) };
}

async function actingUser(context: CommandContext, scope: Scope): Promise<number | undefined> {
  if (scope.kind !== 'user') return undefined;
  const user = await findUserByName(context.db, scope.actor);
  return user?.tenant === scope.tenant ? user.id : undefined;
}

async function removeToken(context: CommandContext, input: { readonly scope: Scope; readonly id: string }) {
  const name = await deleteToken(context, input.scope.tenant, input.id);
  if (name === undefined) return refused('not-found');
  await noteToken(context, input.scope, 'token.deleted', name);
  return { outcome: 'deleted' as const };
}

async function noteToken(
  context: CommandContext,
  scope: Scope,
  name: 'token.created' | 'token.deleted',
  token: string,
) {
  await appendEvent(context, {
    tenant: scope.tenant,
    name,
    actor: scope.actor,
    subject: { kind: 'token', id: token },
    data: {},
  });
}
