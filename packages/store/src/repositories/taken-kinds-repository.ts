import type { Kysely, Selectable } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { Schema } from '../schema.ts';

export type ReleaseKindRow = Selectable<Schema['release_kind']>;

/** Of these ids those that are release kinds of the tenant. */
export async function knownReleaseKinds(
  db: Kysely<Schema>,
  tenant: number,
  ids: readonly number[],
): Promise<ReadonlySet<number>> {
  if (ids.length === 0) return new Set();
  const rows = await db
    .selectFrom('release_kind')
    .select('id')
    .where('tenant', '=', tenant)
    .where('id', 'in', ids)
    .where('deleted', '=', 0)
    .execute();
  return new Set(rows.map(({ id }) => id));
}

/** The kinds of releases that devices of a type take. */
export async function kindsTakenBy(db: Kysely<Schema>, deviceType: number): Promise<readonly ReleaseKindRow[]> {
  return db
    .selectFrom('device_type_release_kind')
    .innerJoin('release_kind', 'release_kind.id', 'device_type_release_kind.release_kind')
    .selectAll('release_kind')
    .where('device_type_release_kind.device_type', '=', deviceType)
    .orderBy('release_kind.id')
    .execute();
}

/** Ids of the device types that take releases of a kind. */
export async function typesThatTake(db: Kysely<Schema>, kind: number): Promise<ReadonlySet<number>> {
  const rows = await db
    .selectFrom('device_type_release_kind')
    .select('device_type')
    .where('release_kind', '=', kind)
    .execute();
  return new Set(rows.map(({ device_type }) => device_type));
}

export async function addTakenKinds(
  { db }: CommandContext,
  deviceType: number,
  kinds: readonly number[],
): Promise<void> {
  if (kinds.length === 0) return;
  await db
    .insertInto('device_type_release_kind')
    .values(kinds.map((kind) => ({ device_type: deviceType, release_kind: kind })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** False where the type did not take it. */
export async function removeTakenKind({ db }: CommandContext, deviceType: number, kind: number): Promise<boolean> {
  const removed = await db
    .deleteFrom('device_type_release_kind')
    .where('device_type', '=', deviceType)
    .where('release_kind', '=', kind)
    .executeTakeFirst();
  return Number(removed.numDeletedRows) > 0;
}
