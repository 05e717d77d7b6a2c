import { fold, type RolloutPolicy } from '@updraft/core';
import type { Kysely, Selectable } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { ListDeclaration } from '../list/list-fields.ts';
import type { Schema } from '../schema.ts';
import { newUid } from '../uid.ts';

export type SavedFilterRow = Selectable<Schema['saved_filter']>;

export const SAVED_FILTER_LIST: ListDeclaration = {
  fields: {
    name: { type: 'text', column: 'saved_filter.name_fold', sortable: true },
    createdAt: { type: 'instant', column: 'saved_filter.created_at' },
    autoRelease: { type: 'exact', column: 'release.uid' },
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

/** Adds a saved filter; undefined where the tenant has one of that name. */
export async function insertSavedFilter(
  context: CommandContext,
  filter: {
    readonly tenant: number;
    readonly name: string;
    readonly description: string;
    readonly query: string;
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
      created_at: context.now,
      created_by: filter.createdBy,
    })
    .onConflict((conflict) => conflict.columns(['tenant', 'name_fold']).doNothing())
    .returningAll()
    .executeTakeFirst();
}

export type SavedFilterChange = {
  readonly description?: string;
  readonly query?: string;
};

/** Changes the row if it has the expected revision (null: whatever it has); a change of nothing takes the row. */
export async function changeSavedFilter(
  context: CommandContext,
  filter: { readonly id: number; readonly expectedRevision: number | null },
  change: SavedFilterChange,
): Promise<SavedFilterRow | undefined> {
  const update = context.db
    .updateTable('saved_filter')
    .set((eb) => ({ ...change, revision: eb('revision', '+', 1) }))
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

export async function deleteSavedFilter(context: CommandContext, id: number): Promise<void> {
  await context.db.deleteFrom('saved_filter').where('id', '=', id).execute();
}
