import type { Kysely, Selectable } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { Schema } from '../schema.ts';

export type TenantOptionRow = Selectable<Schema['tenant_option']>;

/** What a tenant has set of another API's settings, by key. */
export async function tenantOptions(db: Kysely<Schema>, tenant: number): Promise<ReadonlyMap<string, TenantOptionRow>> {
  const rows = await db.selectFrom('tenant_option').selectAll().where('tenant', '=', tenant).execute();
  return new Map(rows.map((row) => [row.key, row]));
}

/** Sets an option; `value` is JSON. */
export async function setTenantOption(
  { db, now }: CommandContext,
  {
    tenant,
    key,
    value,
    by,
  }: { readonly tenant: number; readonly key: string; readonly value: string; readonly by: string },
): Promise<void> {
  await db
    .insertInto('tenant_option')
    .values({ tenant, key, value, created_at: now, created_by: by })
    .onConflict((conflict) =>
      conflict.columns(['tenant', 'key']).doUpdateSet({ value, changed_at: now, changed_by: by }),
    )
    .execute();
}

export async function unsetTenantOption({ db }: CommandContext, tenant: number, key: string): Promise<void> {
  await db.deleteFrom('tenant_option').where('tenant', '=', tenant).where('key', '=', key).execute();
}
