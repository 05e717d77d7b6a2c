import type { FilterMoments } from '@updraft/core';
import { sql, type Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import { compiledOnce } from '../database/compiled-once.ts';
import type { Schema } from '../schema.ts';
import { hasRoom, quotaOf } from './assignment-room.ts';
import { chosenDevices, fits, type Slice } from './chosen-devices.ts';
import { linkedMembers } from './linked-members.ts';
import type { RolloutRow } from './rollout-repository.ts';

/** Rollouts that late-comers join: those of a tenant, the oldest first. A withdrawn release is nobody's any more. */
export async function joiningRollouts(db: Kysely<Schema>, tenant: number): Promise<readonly RolloutRow[]> {
  return db
    .selectFrom('rollout')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('join_at', 'is not', null)
    .where('state', '=', 'running')
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('release')
          .select('release.id')
          .whereRef('release.id', '=', 'rollout.release')
          .where('release.state', '=', 'published'),
      ),
    )
    .orderBy('id')
    .execute();
}

/** Tenants that have a rollout which devices join. */
export async function joiningTenants(db: Kysely<Schema>): Promise<readonly number[]> {
  return (await readTenants(db, {})).rows.map(({ tenant }) => tenant);
}

const readTenants = compiledOnce((db) =>
  db.selectFrom('rollout').select('tenant').distinct().where('join_at', 'is not', null).where('state', '=', 'running'),
);

const DUE_JOINS = 10;

/** Running rollouts that are to be looked for late-comers now: the oldest few. */
export async function dueJoins(db: Kysely<Schema>, now: number): Promise<readonly number[]> {
  return (await readDue(db, { now })).rows.map(({ id }) => id);
}

const readDue = compiledOnce((db, { now }: { readonly now: number }) =>
  db
    .selectFrom('rollout')
    .select('id')
    .where('join_at', '<=', now)
    .where('state', '=', 'running')
    .orderBy('join_at')
    .limit(DUE_JOINS),
);

/** When a rollout's devices are looked through for late-comers. */
export type JoinPlan = Pick<RolloutRow, 'join_at' | 'join_cursor' | 'join_looked_at' | 'join_again'>;

/** The caller holds the rollout's row. */
export async function setJoin({ db }: CommandContext, id: number, plan: Partial<JoinPlan>): Promise<void> {
  await db.updateTable('rollout').set(plan).where('id', '=', id).execute();
}

/** Of the devices of a slice those that match a rollout's filter and are to join it, the first `limit` of them by id. */
export async function lateComers(
  db: Kysely<Schema>,
  rollout: RolloutRow,
  { slice, moments, limit }: { readonly slice: Slice; readonly moments: FilterMoments; readonly limit: number },
): Promise<readonly number[]> {
  const choice = { ...rollout, ...(canMakeRoom(rollout) ? { assignments_max: null } : {}), phases: [], moments };
  const rows = await chosenDevices(db, choice, { ...slice, last: Number.MAX_SAFE_INTEGER })
    .where(hasNotJoined(rollout))
    .orderBy('device.id')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

/** Which of these devices, that match the filter, are to join: they fit, and have not had their turn. In order of id. */
export async function toJoin(
  db: Kysely<Schema>,
  rollout: RolloutRow,
  devices: readonly number[],
): Promise<readonly number[]> {
  if (devices.length === 0) return [];
  const rows = await db
    .selectFrom('device')
    .select('device.id')
    .where('device.id', 'in', devices)
    .where('device.tenant', '=', rollout.tenant)
    .where(fits(rollout.release))
    .where(linkedMembers(rollout) ?? sql<boolean>`1 = 1`)
    .where(hasNotJoined(rollout))
    .where(canMakeRoom(rollout) ? sql<boolean>`1 = 1` : roomIn(rollout))
    .orderBy('device.id')
    .execute();
  return rows.map(({ id }) => id);
}

/** Where a device has as many assignments as it may have, the oldest go when it joins. */
function canMakeRoom({ room_percent }: RolloutRow): boolean {
  return room_percent > 0;
}

function roomIn(rollout: RolloutRow) {
  const quota = quotaOf(rollout);
  return quota === null ? sql<boolean>`1 = 1` : hasRoom(quota.most);
}

/**
 * A device that does not run the release, and has not had its turn: in an automatic assignment, of the release at all,
 * as hawkBit has it; in a rollout, of that rollout.
 */
function hasNotJoined({ id, kind, release }: RolloutRow) {
  const turn =
    kind === 'auto'
      ? sql`select 1 from assignment as j join rollout as o on o.id = j.rollout
          where j.device = device.id and o.release = ${release}`
      : sql`select 1 from assignment as j where j.device = device.id and j.rollout = ${id}`;
  return sql<boolean>`(device.running_release_id is null or device.running_release_id <> ${release})
    and not exists (${turn})`;
}

/** The ids of the devices of these names in a tenant. */
export async function deviceIdsOf(
  db: Kysely<Schema>,
  tenant: number,
  names: readonly string[],
): Promise<readonly number[]> {
  if (names.length === 0) return [];
  const rows = await db
    .selectFrom('device')
    .select('id')
    .where('tenant', '=', tenant)
    .where('name', 'in', names)
    .execute();
  return rows.map(({ id }) => id);
}

const UP_TO = 'joined-up-to';

/** The position of the last event that joining has looked at, for a tenant; null: it never has. */
export async function joinedUpTo(db: Kysely<Schema>, tenant: number): Promise<number | null> {
  const [row] = (await readUpTo(db, { key: `${UP_TO}:${tenant}` })).rows;
  return row === undefined ? null : Number(row.value);
}

const readUpTo = compiledOnce((db, { key }: { readonly key: string }) =>
  db.selectFrom('server_state').select('value').where('key', '=', key),
);

export async function setJoinedUpTo({ db }: CommandContext, tenant: number, position: number): Promise<void> {
  const row = { key: `${UP_TO}:${tenant}`, value: String(position) };
  await db
    .insertInto('server_state')
    .values(row)
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: row.value }))
    .execute();
}
