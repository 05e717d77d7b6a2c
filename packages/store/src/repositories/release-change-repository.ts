import { fold } from '@updraft/core';
import type { Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import { completeSql } from '../list/complete-sql.ts';
import type { Schema } from '../schema.ts';
import { type ReleaseRow, selectReleases } from './release-repository.ts';

/** Releases of the tenant by their numbers, in the order of these; also those that are kept for history only. */
export async function releasesById(
  db: Kysely<Schema>,
  tenant: number,
  ids: readonly number[],
): Promise<readonly ReleaseRow[]> {
  if (ids.length === 0) return [];
  return selectReleases(db, tenant).where('release.id', 'in', ids).orderBy('release.id').execute();
}

/** Releases that bear a tag. */
export function selectTaggedReleases(db: Kysely<Schema>, tenant: number, tag: number) {
  return selectReleases(db, tenant).where('release.id', 'in', (eb) =>
    eb.selectFrom('tagged_release').select('tagged_release.release').where('tagged_release.tag', '=', tag),
  );
}

/** Of these releases those that hold all that their kind asks for. */
export async function completeReleases(db: Kysely<Schema>, ids: readonly number[]): Promise<ReadonlySet<number>> {
  if (ids.length === 0) return new Set();
  const rows = await db
    .selectFrom('release')
    .select('release.id')
    .where('release.id', 'in', ids)
    .where(completeSql, '=', 1)
    .execute();
  return new Set(rows.map(({ id }) => id));
}

/** What a draft's name, version and kind become; null: another release has that name and version. */
export async function renameRelease(
  { db }: CommandContext,
  { id, tenant }: Pick<ReleaseRow, 'id' | 'tenant'>,
  { name, version }: { readonly name: string; readonly version: string },
): Promise<'renamed' | 'taken'> {
  const folds = { name_fold: fold(name), version_fold: fold(version) };
  const other = await selectReleases(db, tenant)
    .where('release.name_fold', '=', folds.name_fold)
    .where('release.version_fold', '=', folds.version_fold)
    .where('release.id', '<>', id)
    .executeTakeFirst();
  if (other !== undefined) return 'taken';
  await db
    .updateTable('release')
    .set({ name, version, ...folds })
    .where('id', '=', id)
    .execute();
  return 'renamed';
}
