import { findTenant, readPage, selectTenants, TENANT_LIST } from '@updraft/store';
import { hashPassword } from '../access/passwords.ts';
import { type Handlers } from '../http/mount.ts';
import { refusalOf } from '../http/problems.ts';
import { mayManageTenants, settingsView, tenantView } from '../use-cases/tenant-commands.ts';
import { wrongOverride } from '../use-cases/poll-override.ts';
import type { HandlerParts } from './handler-parts.ts';
import { listAnswer } from './list-answer.ts';

const DETAILS = {
  'not-permitted': 'Only users of the tenant DEFAULT create and delete tenants, and DEFAULT itself stays.',
  'name-taken': 'A tenant or a user of that name stands already; user names are unique in the whole server.',
  'tenant-in-use': 'The tenant still holds devices or software; delete those first.',
} as const;

export function tenantHandlers({
  store,
}: HandlerParts): Handlers<'tenants.list' | 'tenants.create' | 'tenants.delete' | 'settings.show' | 'settings.change'> {
  return {
    'tenants.list': async ({ scope, query }) => {
      const rows = selectTenants(store.longReader, mayManageTenants(scope) ? null : scope.tenant);
      const page = await readPage({ reader: store.longReader, query: rows }, TENANT_LIST, query);
      return listAnswer(page, (found) => found.map(tenantView));
    },
    'tenants.create': async ({ scope, body, once }) => {
      const user = { name: body.user.name, passwordHash: await hashPassword(body.user.password) };
      const result = await store.commands.run('tenant.create', { scope, once, name: body.name, user });
      if (result.outcome === 'refused') return refusalOf(result.code, DETAILS);
      return { ok: result.tenant, replayed: result.replayed };
    },
    'tenants.delete': async ({ scope, params }) => {
      const result = await store.commands.run('tenant.delete', { scope, name: params.tenant });
      return result.outcome === 'refused' ? refusalOf(result.code, DETAILS) : { ok: undefined };
    },
    'settings.show': async ({ scope }) => {
      const row = await findTenant(store.reader, scope.tenant);
      return row === undefined ? refusalOf('not-found', {}) : { ok: settingsView(row) };
    },
    'settings.change': async ({ scope, body, ifMatch }) => {
      const wrong = wrongOverride(body);
      if (wrong !== null) return refusalOf('filter-invalid', { 'filter-invalid': wrong });
      const input = { scope, expectedRevision: ifMatch, change: body };
      const result = await store.commands.run('settings.change', input);
      return result.outcome === 'refused' ? refusalOf(result.code, {}) : { ok: result.settings };
    },
  };
}
