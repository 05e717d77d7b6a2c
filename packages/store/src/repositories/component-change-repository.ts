import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { Schema } from '../schema.ts';
import { type ComponentRow, selectComponents } from './component-repository.ts';

/** Components of the tenant by their numbers, in the order of these; also those that are kept for history only. */
export async function componentsById(
  db: Kysely<Schema>,
  tenant: number,
  ids: readonly number[],
): Promise<readonly ComponentRow[]> {
  if (ids.length === 0) return [];
  return selectComponents(db, tenant).where('component.id', 'in', ids).orderBy('component.id').execute();
}

export async function changeComponent(
  { db, now }: CommandContext,
  component: { readonly id: number; readonly actor: string },
  change: Partial<Pick<ComponentRow, 'description' | 'vendor' | 'locked' | 'deleted'>>,
): Promise<void> {
  const marks = { changed_at: now, changed_by: component.actor };
  await db
    .updateTable('component')
    .set({ ...change, ...marks })
    .where('id', '=', component.id)
    .execute();
}

/** Nobody changes these until they are unlocked. */
export async function lockComponents({ db }: CommandContext, components: readonly number[]): Promise<void> {
  if (components.length === 0) return;
  await db.updateTable('component').set({ locked: 1 }).where('id', 'in', components).execute();
}

/** Of these components those that a release holds that is no draft any more: they never change. */
export async function fixedComponents(db: Kysely<Schema>, components: readonly number[]): Promise<ReadonlySet<number>> {
  if (components.length === 0) return new Set();
  const rows = await db
    .selectFrom('release_component')
    .innerJoin('release', 'release.id', 'release_component.release')
    .select('release_component.component')
    .distinct()
    .where('release_component.component', 'in', components)
    .where('release.state', '<>', 'draft')
    .execute();
  return new Set(rows.map(({ component }) => component));
}

/** Whether a release holds it fast: one that is locked, or no draft any more; one that was deleted lets go. */
export async function isHeldByLocked(db: Kysely<Schema>, component: number): Promise<boolean> {
  const holder = db
    .selectFrom('release_component')
    .innerJoin('release', 'release.id', 'release_component.release')
    .select('release.id')
    .where('release_component.component', '=', component)
    .where('release.deleted', '=', 0)
    .where((eb) => eb.or([eb('release.locked', '=', 1), eb('release.state', '<>', 'draft')]))
    .limit(1);
  return (await holder.executeTakeFirst()) !== undefined;
}

/** How many artifacts each of these components has; none: not in the map. */
export async function artifactCounts(
  db: Kysely<Schema>,
  components: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  if (components.length === 0) return new Map();
  const rows = await db
    .selectFrom('component_artifact')
    .select(['component', sql<number>`count(*)`.as('n')])
    .where('component', 'in', components)
    .groupBy('component')
    .execute();
  return new Map(rows.map(({ component, n }) => [component, n]));
}

/** Puts an artifact behind those that a component has. */
export async function addComponentArtifact({ db }: CommandContext, component: number, artifact: number): Promise<void> {
  const { position } = await db
    .selectFrom('component_artifact')
    .select(sql<number>`coalesce(max(position) + 1, 0)`.as('position'))
    .where('component', '=', component)
    .executeTakeFirstOrThrow();
  await db.insertInto('component_artifact').values({ component, artifact, position }).execute();
}

export async function removeComponentArtifact(
  { db }: CommandContext,
  component: number,
  artifact: number,
): Promise<void> {
  await db
    .deleteFrom('component_artifact')
    .where('component', '=', component)
    .where('artifact', '=', artifact)
    .execute();
}
