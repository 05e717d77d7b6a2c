import { fold } from '@updraft/core';
import type { Kysely, Selectable } from 'kysely';
import { sql } from 'kysely';
import type { CommandContext } from '../command.ts';
import { changedAtSql, changedBySql } from '../list/changed-sql.ts';
import { type DeletedShown, deletedSql } from '../list/deleted-sql.ts';
import type { ListDeclaration, ValueRows } from '../list/list-fields.ts';
import type { Schema } from '../schema.ts';
import { newUid } from '../uid.ts';
import { ARTIFACT_COLUMNS, type ArtifactRow } from './artifact-repository.ts';

export type ComponentRow = Selectable<Schema['component']>;
export type HeldArtifact = ArtifactRow & { readonly component: number };

const KIND: ValueRows = {
  from: `component as of_kind
    inner join component_kind on component_kind.tenant = of_kind.tenant and component_kind.key = of_kind.kind`,
  owner: 'of_kind.id',
  of: 'component.id',
};
const METADATA: ValueRows = {
  from: 'component_metadata',
  owner: 'component_metadata.component',
  of: 'component.id',
  key: 'component_metadata.key',
};

export const COMPONENT_LIST: ListDeclaration = {
  fields: {
    name: { type: 'text', column: 'component.name_fold', sortable: true },
    version: { type: 'text', column: 'component.version_fold' },
    kind: { type: 'exact', column: 'component.kind' },
    number: { type: 'number', column: 'component.id', sortable: true },
    description: { type: 'text', column: sql`lower(component.description)` },
    'kind.key': { type: 'text', column: sql`lower(component.kind)` },
    'kind.name': { type: 'text', column: 'component_kind.name_fold', rows: KIND },
    'kind.number': { type: 'number', column: 'component_kind.id', rows: KIND },
    metadata: { type: 'text', keyed: true, column: 'component_metadata.value_fold', rows: METADATA },
    createdAt: { type: 'instant', column: 'component.created_at', sortable: true },
    createdBy: { type: 'text', column: sql`lower(component.created_by)` },
    changedAt: { type: 'instant', column: changedAtSql('component') },
    changedBy: { type: 'text', column: changedBySql('component') },
  },
  id: 'component.id',
  defaultSort: '-createdAt',
};

export function selectComponents(db: Kysely<Schema>, tenant: number, shown: DeletedShown = 'with') {
  const mine = db.selectFrom('component').selectAll('component').where('component.tenant', '=', tenant);
  return mine.where(deletedSql('component', shown));
}

export async function findComponent(
  db: Kysely<Schema>,
  tenant: number,
  uid: string,
): Promise<ComponentRow | undefined> {
  return db.selectFrom('component').selectAll().where('tenant', '=', tenant).where('uid', '=', uid).executeTakeFirst();
}

/** The artifacts of these components, each component's in their order. */
export async function artifactsOfComponents(
  db: Kysely<Schema>,
  components: readonly number[],
): Promise<readonly HeldArtifact[]> {
  if (components.length === 0) return [];
  return db
    .selectFrom('component_artifact')
    .innerJoin('artifact', 'artifact.id', 'component_artifact.artifact')
    .select(ARTIFACT_COLUMNS)
    .select('component_artifact.component')
    .where('component_artifact.component', 'in', components)
    .orderBy('component_artifact.component')
    .orderBy('component_artifact.position')
    .execute();
}

/** Adds a component; undefined where the tenant has one of that name, version and kind. */
export async function insertComponent(
  context: CommandContext,
  component: Pick<ComponentRow, 'tenant' | 'name' | 'version' | 'kind' | 'created_by'> &
    Partial<Pick<ComponentRow, 'description' | 'vendor' | 'encrypted'>>,
  artifacts: readonly number[],
): Promise<ComponentRow | undefined> {
  const row = await context.db
    .insertInto('component')
    .values({
      ...component,
      uid: newUid(context.now),
      name_fold: fold(component.name),
      version_fold: fold(component.version),
      created_at: context.now,
    })
    .onConflict((conflict) => conflict.columns(['tenant', 'name_fold', 'version_fold', 'kind']).doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const held = artifacts.map((artifact, position) => ({ component: row.id, artifact, position }));
  if (held.length > 0) await context.db.insertInto('component_artifact').values(held).execute();
  return row;
}

export async function isComponentHeld(db: Kysely<Schema>, component: number): Promise<boolean> {
  const holder = db.selectFrom('release_component').select('release').where('component', '=', component).limit(1);
  return (await holder.executeTakeFirst()) !== undefined;
}

export async function deleteComponent(context: CommandContext, component: number) {
  await context.db.deleteFrom('component').where('id', '=', component).execute();
}
