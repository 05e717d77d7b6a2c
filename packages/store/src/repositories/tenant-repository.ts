import { fold } from '@updraft/core';
import type { Kysely, Selectable, Updateable } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { ListDeclaration } from '../list/list-fields.ts';
import type { Schema } from '../schema.ts';
import { newUid } from '../uid.ts';

export type TenantRow = Selectable<Schema['tenant']>;

export const TENANT_LIST: ListDeclaration = {
  fields: {
    name: { type: 'text', column: 'tenant.name_fold', sortable: true },
    createdAt: { type: 'instant', column: 'tenant.created_at' },
  },
  id: 'tenant.id',
  defaultSort: 'name',
};

/** All tenants, or the one. */
export function selectTenants(db: Kysely<Schema>, only: number | null) {
  const all = db.selectFrom('tenant').selectAll();
  return only === null ? all : all.where('tenant.id', '=', only);
}
export type TenantSettingsRow = Pick<
  TenantRow,
  | 'poll_interval_seconds'
  | 'overdue_allowance_seconds'
  | 'zone_attribute'
  | 'site_attribute'
  | 'signing_policy'
  | 'target_tokens'
  | 'gateway_tokens'
  | 'trusted_header'
  | 'header_authorities'
  | 'poll_rules'
  | 'penalty_failures'
  | 'penalty_within_seconds'
  | 'penalty_seconds'
  | 'keep_rollouts_days'
  | 'keep_events_days'
  | 'keep_artifacts_days'
>;

export async function findTenant(db: Kysely<Schema>, id: number): Promise<TenantRow | undefined> {
  return db.selectFrom('tenant').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Names of tenants are compared folded: `default` and `DEFAULT` are one. */
export async function findTenantByName(db: Kysely<Schema>, name: string): Promise<TenantRow | undefined> {
  return db.selectFrom('tenant').selectAll().where('name_fold', '=', fold(name)).executeTakeFirst();
}

export async function hasAnyTenant(db: Kysely<Schema>): Promise<boolean> {
  return (await db.selectFrom('tenant').select('id').limit(1).executeTakeFirst()) !== undefined;
}

/** Makes a tenant; undefined where the name is taken. */
export async function insertTenant(
  context: CommandContext,
  name: string,
  settings: TenantSettingsRow,
): Promise<TenantRow | undefined> {
  return context.db
    .insertInto('tenant')
    .values({ ...settings, uid: newUid(context.now), name, name_fold: fold(name), created_at: context.now })
    .onConflict((conflict) => conflict.column('name_fold').doNothing())
    .returningAll()
    .executeTakeFirst();
}

/** Reads the tenant and holds its row until the commit: what must be counted in a tenant is counted one by one. */
export async function lockTenant(context: CommandContext, id: number): Promise<TenantRow | undefined> {
  return context.db
    .updateTable('tenant')
    .set((eb) => ({ revision: eb.ref('revision') }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
}

/** Polls and gates read settings: remembered answers of the tenant are dropped. */
export async function changeTenantSettings(
  context: CommandContext,
  id: number,
  change: Updateable<TenantSettingsRow>,
): Promise<TenantRow> {
  const row = await context.db
    .updateTable('tenant')
    .set((eb) => ({
      ...change,
      revision: eb('revision', '+', 1),
      rollouts_revision: eb('rollouts_revision', '+', 1),
    }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
  context.touch({ tenant: id });
  return row;
}

/** What stands in the way of deleting a tenant: somebody's devices, or software that objects on disk belong to. */
export async function tenantHolds(db: Kysely<Schema>, id: number): Promise<'devices' | 'software' | null> {
  for (const table of ['device', 'rollout'] as const) {
    if (await hasRow(db, table, id)) return 'devices';
  }
  for (const table of ['release', 'component', 'upload', 'artifact', 'device_type'] as const) {
    if (await hasRow(db, table, id)) return 'software';
  }
  return null;
}

/** Removes a tenant that holds nothing, with its people, tokens, certificates and events. */
export async function deleteTenant(context: CommandContext, id: number) {
  for (const table of [
    'api_token',
    'gateway_token',
    'signing_certificate',
    'idempotency_key',
    'event',
    'user_account',
    'tag',
    'device_group',
    'release_kind',
    'component_kind',
    'tenant_option',
  ] as const) {
    await context.db.deleteFrom(table).where('tenant', '=', id).execute();
  }
  await context.db.deleteFrom('tenant').where('id', '=', id).execute();
  context.touch({ tenant: id });
}

async function hasRow(
  db: Kysely<Schema>,
  table: 'device' | 'rollout' | 'release' | 'component' | 'upload' | 'artifact' | 'device_type',
  tenant: number,
): Promise<boolean> {
  return (
    (await db.selectFrom(table).select('id').where('tenant', '=', tenant).limit(1).executeTakeFirst()) !== undefined
  );
}
