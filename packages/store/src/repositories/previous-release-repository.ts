import { sql, type Kysely } from 'kysely';
import type { Schema } from '../schema.ts';

export type PreviousRelease = { readonly release: number; readonly devices: number };

/** What the devices that took a rollout's release, and still run it, ran before; those of which it is not known are left out. */
export async function previousReleases(db: Kysely<Schema>, rollout: number): Promise<readonly PreviousRelease[]> {
  const rows = await db
    .selectFrom('assignment as a')
    .innerJoin('rollout as r', 'r.id', 'a.rollout')
    .innerJoin('device as d', (on) => on.onRef('d.id', '=', 'a.device').onRef('d.running_release_id', '=', 'r.release'))
    .select(['a.from_release', sql<number>`count(*)`.as('devices')])
    .where('a.rollout', '=', rollout)
    .where('a.state', '=', 'succeeded')
    .where('a.from_release', 'is not', null)
    .groupBy('a.from_release')
    .orderBy('a.from_release')
    .execute();
  return rows.flatMap(({ from_release, devices }) =>
    from_release === null ? [] : [{ release: from_release, devices }],
  );
}

/**
 * A published release with exactly the bytes of `release` whose counter is above `counter`: going to it is no downgrade.
 * The newest, or null where there is none.
 */
export async function republished(
  db: Kysely<Schema>,
  { tenant, release, counter }: { readonly tenant: number; readonly release: number; readonly counter: number },
): Promise<number | null> {
  const wanted = (await contentOf(db, [release])).get(release) ?? '';
  if (wanted === '') return null;
  const newer = await db
    .selectFrom('release')
    .select('id')
    .where('tenant', '=', tenant)
    .where('state', '=', 'published')
    .where('counter', '>', counter)
    .orderBy('counter', 'desc')
    .limit(MAX_NEWER_RELEASES)
    .execute();
  const contents = await contentOf(
    db,
    newer.map(({ id }) => id),
  );
  return newer.find(({ id }) => contents.get(id) === wanted)?.id ?? null;
}

/** Releases newer than a failing one that are looked through for older content; more than anybody publishes meanwhile. */
const MAX_NEWER_RELEASES = 100;

/** The sha256 of all artifacts of releases, sorted, as one text by release. */
async function contentOf(db: Kysely<Schema>, releases: readonly number[]): Promise<ReadonlyMap<number, string>> {
  if (releases.length === 0) return new Map();
  const rows = await db
    .selectFrom('release_component as x')
    .innerJoin('component_artifact as c', 'c.component', 'x.component')
    .innerJoin('artifact as f', 'f.id', 'c.artifact')
    .select(['x.release', 'f.sha256'])
    .where('x.release', 'in', releases)
    .orderBy('x.release')
    .orderBy('f.sha256')
    .execute();
  const byRelease = Map.groupBy(rows, ({ release }) => release);
  return new Map([...byRelease].map(([release, files]) => [release, files.map(({ sha256 }) => sha256).join(' ')]));
}
