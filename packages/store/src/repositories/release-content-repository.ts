import type { Kysely } from 'kysely';
import { compiledOnce } from '../database/compiled-once.ts';
import type { Schema } from '../schema.ts';

/** A file of a component as devices get it. */
export type ContentArtifact = {
  readonly id: number;
  readonly filename: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
  readonly sha1: string;
  readonly md5: string;
  readonly createdAt: number;
};

export type ContentComponent = {
  readonly id: number;
  readonly name: string;
  readonly version: string;
  readonly kind: string;
  /** Its artifacts are encrypted, for devices that have the key. */
  readonly isEncrypted: boolean;
  readonly artifacts: readonly ContentArtifact[];
};

/** What devices are told of a release. It is fixed once the release is published. */
export type ReleaseContent = {
  /** Names of the device types that it is for; none: for any. */
  readonly deviceTypes: readonly string[];
  readonly components: readonly ContentComponent[];
};

/** Components and their artifacts, in the order in which the release holds them. */
export async function readReleaseContent(db: Kysely<Schema>, release: number): Promise<ReleaseContent> {
  const types = await db
    .selectFrom('release_device_type')
    .innerJoin('device_type', 'device_type.id', 'release_device_type.device_type')
    .select('device_type.name')
    .where('release_device_type.release', '=', release)
    .orderBy('device_type.name_fold')
    .execute();
  const components = await db
    .selectFrom('release_component')
    .innerJoin('component', 'component.id', 'release_component.component')
    .select(['component.id', 'component.name', 'component.version', 'component.kind', 'component.encrypted'])
    .where('release_component.release', '=', release)
    .orderBy('release_component.position')
    .execute();
  const artifacts = Map.groupBy(await artifactsOf(db, release), ({ component }) => component);
  return {
    deviceTypes: types.map(({ name }) => name),
    components: components.map(({ encrypted, ...component }) => ({
      ...component,
      isEncrypted: encrypted === 1,
      artifacts: artifacts.get(component.id) ?? [],
    })),
  };
}

function artifactsOf(db: Kysely<Schema>, release: number) {
  return db
    .selectFrom('release_component as x')
    .innerJoin('component_artifact as y', 'y.component', 'x.component')
    .innerJoin('artifact as a', 'a.id', 'y.artifact')
    .select(['y.component', 'a.id', 'a.filename', 'a.size', 'a.sha256', 'a.sha1', 'a.md5', 'a.created_at as createdAt'])
    .where('x.release', '=', release)
    .orderBy('y.position')
    .execute();
}

/** A file of a component that is part of a release which was published; undefined where there is none. */
export async function findPublishedFile(
  db: Kysely<Schema>,
  file: { readonly tenant: number; readonly component: number; readonly filename: string },
): Promise<ContentArtifact | undefined> {
  return db
    .selectFrom('component_artifact as y')
    .innerJoin('artifact as a', 'a.id', 'y.artifact')
    .select(['a.id', 'a.filename', 'a.size', 'a.sha256', 'a.sha1', 'a.md5', 'a.created_at as createdAt'])
    .where('y.component', '=', file.component)
    .where('a.tenant', '=', file.tenant)
    .where('a.filename', '=', file.filename)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('release_component as x')
          .innerJoin('release as l', 'l.id', 'x.release')
          .select('l.id')
          .whereRef('x.component', '=', 'y.component')
          .where('l.published_at', 'is not', null),
      ),
    )
    .limit(1)
    .executeTakeFirst();
}

export type ShownMetadata = { readonly component: number; readonly key: string; readonly value: string };

/** What devices are shown of the metadata of a release's components, by key. It may change after the release is published. */
export async function shownMetadataOf(db: Kysely<Schema>, release: number): Promise<readonly ShownMetadata[]> {
  return (await readShownMetadata(db, { release })).rows;
}

const readShownMetadata = compiledOnce((db, { release }: { readonly release: number }) =>
  db
    .selectFrom('release_component as x')
    .innerJoin('component_metadata as m', 'm.component', 'x.component')
    .select(['m.component', 'm.key', 'm.value'])
    .where('x.release', '=', release)
    .where('m.visible', '=', 1)
    .orderBy('m.component')
    .orderBy('m.key'),
);

export type ReleaseName = { readonly id: string; readonly name: string; readonly version: string };

/** Releases as others refer to them, by their number; `id` is the uid. */
export async function releasesOf(
  db: Kysely<Schema>,
  releases: readonly number[],
): Promise<ReadonlyMap<number, ReleaseName>> {
  if (releases.length === 0) return new Map();
  const rows = await db
    .selectFrom('release')
    .select(['id', 'uid', 'name', 'version'])
    .where('id', 'in', releases)
    .execute();
  return new Map(rows.map(({ id, uid, name, version }) => [id, { id: uid, name, version }]));
}
