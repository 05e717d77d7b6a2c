import { fold, RELEASE_STATES } from '@updraft/core';
import type { Kysely, Selectable, Updateable } from 'kysely';
import { sql } from 'kysely';
import type { CommandContext } from '../command.ts';
import { changedAtSql, changedBySql } from '../list/changed-sql.ts';
import { completeSql } from '../list/complete-sql.ts';
import { type DeletedShown, deletedSql } from '../list/deleted-sql.ts';
import type { ListDeclaration, ValueRows } from '../list/list-fields.ts';
import type { Schema } from '../schema.ts';
import { newUid } from '../uid.ts';
import type { ComponentRow } from './component-repository.ts';

export type ReleaseRow = Selectable<Schema['release']>;

const KIND: ValueRows = { from: 'release_kind', owner: 'release_kind.id', of: 'release.kind' };
const COMPONENTS: ValueRows = {
  from: 'release_component inner join component on component.id = release_component.component',
  owner: 'release_component.release',
  of: 'release.id',
};
const TAGS: ValueRows = {
  from: 'tagged_release inner join release_tag on release_tag.id = tagged_release.tag',
  owner: 'tagged_release.release',
  of: 'release.id',
};
const METADATA: ValueRows = {
  from: 'release_metadata',
  owner: 'release_metadata.release',
  of: 'release.id',
  key: 'release_metadata.key',
};

export const RELEASE_LIST: ListDeclaration = {
  fields: {
    name: { type: 'text', column: 'release.name_fold', sortable: true },
    version: { type: 'text', column: 'release.version_fold' },
    state: { type: 'word', words: RELEASE_STATES, column: 'release.state' },
    manifestSha256: { type: 'exact', column: 'release.manifest_sha256' },
    counter: { type: 'number', column: 'release.counter' },
    createdAt: { type: 'instant', column: 'release.created_at', sortable: true },
    publishedAt: { type: 'instant', column: 'release.published_at' },
    withdrawnAt: { type: 'instant', column: 'release.withdrawn_at' },
    number: { type: 'number', column: 'release.id', sortable: true },
    description: { type: 'text', column: sql`lower(release.description)` },
    valid: { type: 'flag', column: sql`(case when release.state = 'withdrawn' then 0 else 1 end)` },
    complete: { type: 'flag', column: completeSql },
    'kind.key': { type: 'text', column: 'release_kind.key_fold', rows: KIND },
    'kind.name': { type: 'text', column: 'release_kind.name_fold', rows: KIND },
    'kind.number': { type: 'number', column: 'release.kind' },
    'component.number': { type: 'number', column: 'release_component.component', rows: COMPONENTS },
    'component.name': { type: 'text', column: 'component.name_fold', rows: COMPONENTS },
    tag: { type: 'text', column: 'release_tag.name_fold', rows: TAGS },
    metadata: { type: 'text', keyed: true, column: 'release_metadata.value_fold', rows: METADATA },
    createdBy: { type: 'text', column: sql`lower(release.created_by)` },
    changedAt: { type: 'instant', column: changedAtSql('release') },
    changedBy: { type: 'text', column: changedBySql('release') },
  },
  id: 'release.id',
  defaultSort: '-createdAt',
};

export function selectReleases(db: Kysely<Schema>, tenant: number, shown: DeletedShown = 'with') {
  const mine = db.selectFrom('release').selectAll('release').where('release.tenant', '=', tenant);
  return mine.where(deletedSql('release', shown));
}

export async function findRelease(db: Kysely<Schema>, tenant: number, uid: string): Promise<ReleaseRow | undefined> {
  return db.selectFrom('release').selectAll().where('tenant', '=', tenant).where('uid', '=', uid).executeTakeFirst();
}

export async function findReleaseById(db: Kysely<Schema>, tenant: number, id: number): Promise<ReleaseRow | undefined> {
  return db.selectFrom('release').selectAll().where('tenant', '=', tenant).where('id', '=', id).executeTakeFirst();
}

/** Names and versions are compared folded. */
export async function findReleaseByName(
  db: Kysely<Schema>,
  tenant: number,
  { name, version }: { readonly name: string; readonly version: string },
): Promise<ReleaseRow | undefined> {
  return db
    .selectFrom('release')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('name_fold', '=', fold(name))
    .where('version_fold', '=', fold(version))
    .executeTakeFirst();
}

/** The components of these releases, each release's in their order. */
export async function componentsOfReleases(
  db: Kysely<Schema>,
  releases: readonly number[],
): Promise<readonly (ComponentRow & { readonly release: number })[]> {
  if (releases.length === 0) return [];
  return db
    .selectFrom('release_component')
    .innerJoin('component', 'component.id', 'release_component.component')
    .selectAll('component')
    .select('release_component.release')
    .where('release_component.release', 'in', releases)
    .orderBy('release_component.release')
    .orderBy('release_component.position')
    .execute();
}

/** The device types that these releases name, ordered by folded name. */
export async function deviceTypesOfReleases(
  db: Kysely<Schema>,
  releases: readonly number[],
): Promise<readonly { readonly release: number; readonly id: number; readonly name: string }[]> {
  if (releases.length === 0) return [];
  return db
    .selectFrom('release_device_type')
    .innerJoin('device_type', 'device_type.id', 'release_device_type.device_type')
    .select(['release_device_type.release', 'device_type.id', 'device_type.name'])
    .where('release_device_type.release', 'in', releases)
    .orderBy('device_type.name_fold')
    .execute();
}

/** Adds a draft; undefined where the tenant has a release of that name and version. */
export async function insertRelease(
  context: CommandContext,
  release: Pick<ReleaseRow, 'tenant' | 'name' | 'version' | 'description' | 'required_step' | 'created_by'> &
    Partial<Pick<ReleaseRow, 'kind'>>,
): Promise<ReleaseRow | undefined> {
  return context.db
    .insertInto('release')
    .values({
      ...release,
      uid: newUid(context.now),
      name_fold: fold(release.name),
      version_fold: fold(release.version),
      state: 'draft',
      manifest: null,
      manifest_sha256: null,
      counter: null,
      created_at: context.now,
      published_at: null,
      withdrawn_at: null,
    })
    .onConflict((conflict) => conflict.columns(['tenant', 'name_fold', 'version_fold']).doNothing())
    .returningAll()
    .executeTakeFirst();
}

/** Reads the release and holds its row until the commit. */
export async function lockRelease(
  context: CommandContext,
  tenant: number,
  uid: string,
): Promise<ReleaseRow | undefined> {
  return context.db
    .updateTable('release')
    .set((eb) => ({ revision: eb.ref('revision') }))
    .where('tenant', '=', tenant)
    .where('uid', '=', uid)
    .returningAll()
    .executeTakeFirst();
}

/** Writes a release that this transaction has locked. */
export async function changeRelease(
  context: CommandContext,
  release: number,
  change: Updateable<Omit<ReleaseRow, 'revision'>>,
): Promise<ReleaseRow> {
  return context.db
    .updateTable('release')
    .set((eb) => ({ ...change, revision: eb('revision', '+', 1) }))
    .where('id', '=', release)
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function setReleaseComponents(context: CommandContext, release: number, components: readonly number[]) {
  await context.db.deleteFrom('release_component').where('release', '=', release).execute();
  const rows = components.map((component, position) => ({ release, component, position }));
  if (rows.length > 0) await context.db.insertInto('release_component').values(rows).execute();
}

export async function setReleaseDeviceTypes(context: CommandContext, release: number, deviceTypes: readonly number[]) {
  await context.db.deleteFrom('release_device_type').where('release', '=', release).execute();
  const rows = deviceTypes.map((device_type) => ({ release, device_type }));
  if (rows.length > 0) await context.db.insertInto('release_device_type').values(rows).execute();
}

/** Takes the components and device types with it. */
export async function deleteRelease(context: CommandContext, release: number) {
  await context.db.deleteFrom('release').where('id', '=', release).execute();
}

/**
 * The greatest counter of the releases published for any of these device types, 0 where there is none. A release that
 * names no type is for every device: it counts for all types, and without types all releases count.
 */
export async function greatestCounter(
  db: Kysely<Schema>,
  tenant: number,
  deviceTypes: readonly number[],
): Promise<number> {
  const published = db
    .selectFrom('release')
    .select((eb) => eb.fn.max<number | null>('release.counter').as('counter'))
    .where('release.tenant', '=', tenant)
    .where('release.counter', 'is not', null);
  const concerned =
    deviceTypes.length === 0
      ? published
      : published.where((eb) => {
          const types = eb
            .selectFrom('release_device_type')
            .select('release_device_type.release')
            .whereRef('release_device_type.release', '=', 'release.id');
          return eb.or([
            eb.not(eb.exists(types)),
            eb.exists(types.where('release_device_type.device_type', 'in', deviceTypes)),
          ]);
        });
  return (await concerned.executeTakeFirstOrThrow()).counter ?? 0;
}
