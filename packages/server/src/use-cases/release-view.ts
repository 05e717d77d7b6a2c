import type { Component, Release } from '@updraft/protocols';
import {
  artifactsOfComponents,
  type ComponentRow,
  componentsOfReleases,
  deviceTypesOfReleases,
  type ReleaseRow,
  type Schema,
} from '@updraft/store';
import type { Kysely } from 'kysely';
import type { z } from 'zod';
import { timestamp } from './timestamp.ts';

export type ComponentView = z.output<typeof Component>;
export type ReleaseView = z.output<typeof Release>;

/** Rows as the API shows them, in the order given; their artifacts are read in one query. */
export async function componentViews(db: Kysely<Schema>, rows: readonly ComponentRow[]): Promise<ComponentView[]> {
  const held = await artifactsOfComponents(
    db,
    rows.map(({ id }) => id),
  );
  const artifacts = Map.groupBy(held, ({ component }) => component);
  return rows.map((row) => ({
    id: row.uid,
    name: row.name,
    version: row.version,
    kind: row.kind,
    artifacts: (artifacts.get(row.id) ?? []).map(({ uid, filename, size, sha256 }) => ({
      id: uid,
      filename,
      size,
      sha256,
    })),
    createdAt: timestamp(row.created_at),
  }));
}

/** Rows as the API shows them, in the order given; what they hold is read in three queries. */
export async function releaseViews(db: Kysely<Schema>, rows: readonly ReleaseRow[]): Promise<ReleaseView[]> {
  const ids = rows.map(({ id }) => id);
  const componentRows = await componentsOfReleases(db, ids);
  const views = await componentViews(db, componentRows);
  const components = Map.groupBy(
    views.map(({ id, name, version, kind, artifacts }, index) => ({
      component: { id, name, version, kind, artifacts },
      release: componentRows[index]?.release,
    })),
    ({ release }) => release,
  );
  const deviceTypes = Map.groupBy(await deviceTypesOfReleases(db, ids), ({ release }) => release);
  return rows.map((row) => ({
    id: row.uid,
    name: row.name,
    version: row.version,
    description: row.description,
    state: row.state,
    components: (components.get(row.id) ?? []).map(({ component }) => component),
    deviceTypes: (deviceTypes.get(row.id) ?? []).map(({ name }) => name),
    requiredStep: row.required_step === 1,
    manifestSha256: row.manifest_sha256,
    counter: row.counter,
    createdAt: timestamp(row.created_at),
    publishedAt: timestamp(row.published_at),
    withdrawnAt: timestamp(row.withdrawn_at),
    revision: row.revision,
  }));
}

export async function releaseView(db: Kysely<Schema>, row: ReleaseRow): Promise<ReleaseView> {
  const [view] = await releaseViews(db, [row]);
  if (view === undefined) throw new Error(`release ${row.uid} has no view`);
  return view;
}
