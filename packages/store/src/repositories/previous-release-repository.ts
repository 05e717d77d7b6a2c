import type { ReleaseState } from '@updraft/core';
import { sql, type Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import { chosenDevices, type Choice } from './chosen-devices.ts';

/** Devices of one type that run, or ran, one release. */
export type DevicesOnRelease = {
  /** null: it is not known what they ran. */
  readonly release: number | null;
  readonly releaseTitle: string;
  readonly isWithdrawn: boolean;
  /** Name of the device type; null: they have none, and go back as they are told. */
  readonly type: string | null;
  readonly downgrade: 'allowed' | 'refused';
  readonly devices: number;
};

/**
 * What the devices that took a rollout's release, and still run it, ran before; those that ran it already took nothing.
 * Looks at each member: for the long reader.
 */
export async function previousReleases(db: Kysely<Schema>, rollout: number): Promise<readonly DevicesOnRelease[]> {
  const rows = await db
    .selectFrom('assignment as a')
    .innerJoin('rollout as r', 'r.id', 'a.rollout')
    .innerJoin('device as d', (on) => on.onRef('d.id', '=', 'a.device').onRef('d.running_release_id', '=', 'r.release'))
    .leftJoin('device_type as y', 'y.id', 'd.type')
    .leftJoin('release as l', 'l.id', 'a.from_release')
    .select(ON_RELEASE)
    .where('a.rollout', '=', rollout)
    .where('a.state', '=', 'succeeded')
    .where('a.reason', 'is distinct from', 'already-installed')
    .whereRef('a.from_release', 'is distinct from', 'r.release')
    .groupBy(['l.id', 'l.name', 'l.version', 'l.state', 'y.name', 'y.downgrade'])
    .orderBy('l.id')
    .execute();
  return rows.map(onRelease);
}

/** What the devices run that a rollout would have. Looks at each of them: for the long reader. */
export async function runningReleases(db: Kysely<Schema>, choice: Choice): Promise<readonly DevicesOnRelease[]> {
  const whole = { after: 0, upTo: null, last: Number.MAX_SAFE_INTEGER };
  const rows = await db
    .selectFrom(chosenDevices(db, choice, whole).as('c'))
    .innerJoin('device as d', 'd.id', 'c.id')
    .leftJoin('device_type as y', 'y.id', 'd.type')
    .leftJoin('release as l', 'l.id', 'd.running_release_id')
    .select(ON_RELEASE)
    .where('c.runs', '=', 0)
    .groupBy(['l.id', 'l.name', 'l.version', 'l.state', 'y.name', 'y.downgrade'])
    .orderBy('l.id')
    .execute();
  return rows.map(onRelease);
}

const ON_RELEASE = [
  'l.id as release',
  'l.name as release_name',
  'l.version as release_version',
  'l.state as release_state',
  'y.name as type',
  'y.downgrade',
  sql<number>`count(*)`.as('devices'),
] as const;

function onRelease(row: {
  readonly release: number | null;
  readonly release_name: string | null;
  readonly release_version: string | null;
  readonly release_state: ReleaseState | null;
  readonly type: string | null;
  readonly downgrade: 'allowed' | 'refused' | null;
  readonly devices: number;
}): DevicesOnRelease {
  const { release, type, devices } = row;
  const releaseTitle = release === null ? '' : `${row.release_name} ${row.release_version}`;
  const isWithdrawn = row.release_state === 'withdrawn';
  return { release, releaseTitle, isWithdrawn, type, downgrade: row.downgrade ?? 'allowed', devices: Number(devices) };
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
