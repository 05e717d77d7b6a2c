import { fold, type RolloutPolicy } from '@updraft/core';
import { sql, type Kysely, type Selectable } from 'kysely';
import type { CommandContext } from '../command.ts';
import { changedAtSql, changedBySql } from '../list/changed-sql.ts';
import type { ListDeclaration } from '../list/list-fields.ts';
import type { Schema } from '../schema.ts';
import { newUid } from '../uid.ts';

export type SavedFilterRow = Selectable<Schema['saved_filter']>;

export const SAVED_FILTER_LIST: ListDeclaration = {
  fields: {
    name: { type: 'text', column: 'saved_filter.name_fold', sortable: true },
    number: { type: 'number', column: 'saved_filter.id', sortable: true },
    createdAt: { type: 'instant', column: 'saved_filter.created_at' },
    createdBy: { type: 'text', column: sql`lower(saved_filter.created_by)` },
    changedAt: { type: 'instant', column: changedAtSql('saved_filter') },
    changedBy: { type: 'text', column: changedBySql('saved_filter') },
    autoRelease: { type: 'exact', column: 'release.uid' },
    'autoRelease.name': { type: 'text', column: 'release.name_fold' },
    'autoRelease.version': { type: 'text', column: 'release.version_fold' },
  },
  id: 'saved_filter.id',
  defaultSort: 'name',
};

/** A tenant's saved filters with the rollout that carries their rule. */
export function selectSavedFilters(db: Kysely<Schema>, tenant: number) {
  return db
    .selectFrom('saved_filter')
    .leftJoin('release', 'release.id', 'saved_filter.auto_release')
    .leftJoin('rollout', 'rollout.id', 'saved_filter.auto_rollout')
    .selectAll('saved_filter')
    .select(['rollout.uid as rollout_uid', 'rollout.state as rollout_state'])
    .where('saved_filter.tenant', '=', tenant);
}

export type SavedFilterWithJoins = Awaited<
  ReturnType<ReturnType<typeof selectSavedFilters>['executeTakeFirstOrThrow']>
>;

export async function findSavedFilter(
  db: Kysely<Schema>,
  tenant: number,
  uid: string,
): Promise<SavedFilterWithJoins | undefined> {
  return selectSavedFilters(db, tenant).where('saved_filter.uid', '=', uid).executeTakeFirst();
}

export async function findSavedFilterById(
  db: Kysely<Schema>,
  tenant: number,
  id: number,
): Promise<SavedFilterWithJoins | undefined> {
  return selectSavedFilters(db, tenant).where('saved_filter.id', '=', id).executeTakeFirst();
}

/** Whether a tenant has another saved filter of that name. */
export async function isFilterNameTaken(
  db: Kysely<Schema>,
  tenant: number,
  { name, by }: { readonly name: string; /** Id of the one that may have it. */ readonly by: number },
): Promise<boolean> {
  const row = await db
    .selectFrom('saved_filter')
    .select('id')
    .where('tenant', '=', tenant)
    .where('name_fold', '=', fold(name))
    .where('id', '<>', by)
    .executeTakeFirst();
  return row !== undefined;
}

/** Adds a saved filter; undefined where the tenant has one of that name. */
export async function insertSavedFilter(
  context: CommandContext,
  filter: {
    readonly tenant: number;
    readonly name: string;
    readonly description: string;
    readonly query: string;
    /** As it was written, where that was under another API's names. */
    readonly given?: string | undefined;
    readonly createdBy: string;
  },
): Promise<SavedFilterRow | undefined> {
  return context.db
    .insertInto('saved_filter')
    .values({
      uid: newUid(context.now),
      tenant: filter.tenant,
      name: filter.name,
      name_fold: fold(filter.name),
      description: filter.description,
      query: filter.query,
      query_given: filter.given ?? '',
      created_at: context.now,
      created_by: filter.createdBy,
    })
    .onConflict((conflict) => conflict.columns(['tenant', 'name_fold']).doNothing())
    .returningAll()
    .executeTakeFirst();
}

export type SavedFilterChange = {
  readonly name?: string;
  readonly description?: string;
  readonly query?: string;
  readonly query_given?: string;
};

/** Changes the row if it has the expected revision (null: whatever it has); a change of nothing takes the row. */
export async function changeSavedFilter(
  context: CommandContext,
  filter: { readonly id: number; readonly expectedRevision: number | null; readonly by: string },
  change: SavedFilterChange,
): Promise<SavedFilterRow | undefined> {
  const { name } = change;
  const named = name === undefined ? {} : { name_fold: fold(name) };
  const noted = { changed_at: context.now, changed_by: filter.by };
  const update = context.db
    .updateTable('saved_filter')
    .set((eb) => ({ ...change, ...named, ...noted, revision: eb('revision', '+', 1) }))
    .where('id', '=', filter.id);
  const guarded = filter.expectedRevision === null ? update : update.where('revision', '=', filter.expectedRevision);
  return guarded.returningAll().executeTakeFirst();
}

export type AutoRule = {
  readonly release: number;
  readonly weight: number;
  readonly policy: RolloutPolicy;
  /** The rollout that carries it. */
  readonly rollout: number;
};

/** Sets what a filter keeps assigning; null: nothing any more. */
export async function setAutoRule(context: CommandContext, id: number, rule: AutoRule | null): Promise<void> {
  await context.db
    .updateTable('saved_filter')
    .set({
      auto_release: rule?.release ?? null,
      auto_weight: rule?.weight ?? null,
      auto_policy: rule === null ? null : JSON.stringify(rule.policy),
      auto_rollout: rule?.rollout ?? null,
    })
    .where('id', '=', id)
    .execute();
}

/** Whatever filter has its rule carried by this rollout has none any more. */
export async function dropAutoRuleOf(context: CommandContext, rollout: number): Promise<void> {
  const row = await context.db
    .selectFrom('saved_filter')
    .select('id')
    .where('auto_rollout', '=', rollout)
    .executeTakeFirst();
  if (row !== undefined) await setAutoRule(context, row.id, null);
}

export async function deleteSavedFilter(context: CommandContext, id: number): Promise<void> {
  await context.db.deleteFrom('saved_filter').where('id', '=', id).execute();
}
