import { readPage, selectUsers, USER_LIST } from '@updraft/store';
import { hashPassword } from '../access/passwords.ts';
import { type Handlers } from '../http/mount.ts';
import { refusalOf } from '../http/problems.ts';
import { userView } from '../use-cases/user-commands.ts';
import { VERSION } from '../version.ts';
import type { HandlerParts } from './handler-parts.ts';
import { listAnswer } from './list-answer.ts';

const DETAILS = {
  'name-taken': 'A user of that name stands already; user names are unique in the whole server.',
  'last-user': 'This is the last user of the tenant; add another one first, or nobody could come in again.',
  'not-permitted':
    'Nobody gives a right that he does not have, nor sets the password of somebody who has it; let somebody do it who has it.',
} as const;

export function peopleHandlers({
  store,
}: HandlerParts): Handlers<'whoami.show' | 'users.list' | 'users.create' | 'users.change' | 'users.delete'> {
  return {
    'users.list': async ({ scope, query }) => {
      const rows = selectUsers(store.longReader, scope.tenant);
      const page = await readPage({ reader: store.longReader, query: rows }, USER_LIST, query);
      return listAnswer(page, (found) => found.map(userView));
    },
    'whoami.show': async ({ scope }) => ({
      ok: {
        tenant: scope.tenantName,
        actor: scope.actor,
        kind: scope.kind === 'user' ? 'user' : 'machine',
        version: VERSION,
        rights: [...(scope.rights ?? [])],
      },
    }),
    'users.create': async ({ scope, body, once }) => {
      const passwordHash = await hashPassword(body.password);
      const { name, rights } = body;
      const result = await store.commands.run('user.create', { scope, once, name, rights, passwordHash });
      if (result.outcome === 'refused') return refusalOf(result.code, DETAILS);
      return { ok: result.user, replayed: result.replayed };
    },
    'users.change': async ({ scope, params, body, ifMatch }) => {
      const { password, rights } = body;
      const passwordHash = password === undefined ? undefined : await hashPassword(password);
      const input = { scope, id: params.id, expectedRevision: ifMatch, change: { passwordHash, rights } };
      const result = await store.commands.run('user.change', input);
      return result.outcome === 'refused' ? refusalOf(result.code, DETAILS) : { ok: result.user };
    },
    'users.delete': async ({ scope, params, ifMatch }) => {
      const result = await store.commands.run('user.delete', { scope, id: params.id, expectedRevision: ifMatch });
      return result.outcome === 'refused' ? refusalOf(result.code, DETAILS) : { ok: undefined };
    },
  };
}
