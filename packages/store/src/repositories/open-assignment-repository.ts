import type { GateFacts, OpenAssignment } from '@updraft/core';
import { sql, type Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { Schema } from '../schema.ts';

/** A device with its open assignments: what core's `atContact` reads. */
export type DeviceAtContact = {
  readonly device: GateFacts['device'];
  readonly open: readonly OpenAssignment[];
};

/** Columns of an open assignment, after `assignment as a`, `attempt as t`, `rollout as r`, `phase as p`, `release as l`. */
export const OPEN_COLUMNS = [
  'a.id as assignment_id',
  'a.number as assignment_number',
  'a.state as assignment_state',
  'a.phase as phase_number',
  't.id as attempt_id',
  't.state as attempt_state',
  't.offered_at',
  't.begun_at',
  't.cancel_refused_at',
  't.revision as attempt_revision',
  'r.name as rollout_name',
  'r.state as rollout_state',
  'r.weight',
  'p.state as phase_state',
  'l.id as release_id',
  'l.name as release_name',
  'l.version as release_version',
  'l.state as release_state',
  'l.required_step',
] as const;

/** Of a row with {@link OPEN_COLUMNS}; null where the row carries no assignment. */
export type OpenRow = {
  readonly [
    C in
      | 'assignment_id'
      | 'assignment_number'
      | 'phase_number'
      | 'attempt_id'
      | 'offered_at'
      | 'begun_at'
      | 'cancel_refused_at'
      | 'attempt_revision'
      | 'weight'
      | 'release_id'
      | 'required_step'
  ]: number | null;
} & {
  readonly assignment_state: OpenAssignment['state'] | null;
  readonly attempt_state: NonNullable<OpenAssignment['attempt']>['state'] | null;
  readonly rollout_name: string | null;
  readonly rollout_state: OpenAssignment['rollout']['state'] | null;
  readonly phase_state: OpenAssignment['rollout']['phaseState'] | null;
  readonly release_name: string | null;
  readonly release_version: string | null;
  readonly release_state: OpenAssignment['release']['state'] | null;
};

/** `deviceTypes` are those of the row's release. */
export function openAssignmentOf(row: OpenRow, deviceTypes: readonly string[]): OpenAssignment | null {
  if (row.assignment_id === null) return null;
  const whole = row as { readonly [K in keyof OpenRow]: NonNullable<OpenRow[K]> };
  return {
    id: whole.assignment_id,
    number: whole.assignment_number,
    state: whole.assignment_state,
    weight: whole.weight,
    requiredStep: whole.required_step === 1,
    release: {
      id: whole.release_id,
      name: whole.release_name,
      version: whole.release_version,
      state: whole.release_state,
      deviceTypes,
    },
    rollout: {
      name: whole.rollout_name,
      state: whole.rollout_state,
      phase: whole.phase_number,
      phaseState: whole.phase_state,
    },
    attempt:
      row.attempt_state === null
        ? null
        : {
            state: row.attempt_state,
            offeredAt: row.offered_at,
            begunAt: row.begun_at,
            cancelRefusedAt: row.cancel_refused_at,
          },
  };
}

/** Null where there is no such device. The caller of a command has taken the device's row before. */
export async function readDeviceAtContact(db: Kysely<Schema>, id: number): Promise<DeviceAtContact | null> {
  const device = await db
    .selectFrom('device as d')
    .leftJoin('device_type as y', 'y.id', 'd.type')
    .select(['d.name', 'd.identity', 'd.running_release_id', 'y.name as type'])
    .where('d.id', '=', id)
    .executeTakeFirst();
  if (device === undefined) return null;
  return {
    device: {
      name: device.name,
      identity: device.identity,
      type: device.type,
      runningReleaseId: device.running_release_id,
    },
    open: (await readOpenAssignments(db, [id])).get(id) ?? [],
  };
}

/** The open assignments of devices, by device, the oldest first. */
export async function readOpenAssignments(
  db: Kysely<Schema>,
  devices: readonly number[],
): Promise<ReadonlyMap<number, readonly OpenAssignment[]>> {
  if (devices.length === 0) return new Map();
  const rows = await db
    .selectFrom('assignment as a')
    .innerJoin('rollout as r', 'r.id', 'a.rollout')
    .innerJoin('phase as p', (on) => on.onRef('p.rollout', '=', 'a.rollout').onRef('p.number', '=', 'a.phase'))
    .innerJoin('release as l', 'l.id', 'r.release')
    .leftJoin('attempt as t', 't.id', 'a.attempt_id')
    .select(OPEN_COLUMNS)
    .select('a.device')
    .where('a.device', 'in', devices)
    .where('a.ended_at', 'is', null)
    .orderBy('a.id')
    .execute();
  const types = await deviceTypesOf(db, [...new Set(rows.map((row) => row.release_id))]);
  const open = Map.groupBy(rows, ({ device }) => device);
  return new Map(
    [...open].map(([device, mine]) => [
      device,
      mine.flatMap((row) => openAssignmentOf(row, types.get(row.release_id) ?? []) ?? []),
    ]),
  );
}

/** Names of the device types that releases are for, by release; none: for any. Fixed once a release is published. */
export async function deviceTypesOf(
  db: Kysely<Schema>,
  releases: readonly number[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  if (releases.length === 0) return new Map();
  const rows = await db
    .selectFrom('release_device_type as x')
    .innerJoin('device_type as y', 'y.id', 'x.device_type')
    .select(['x.release', 'y.name'])
    .where('x.release', 'in', releases)
    .orderBy('y.name_fold')
    .execute();
  return new Map(releases.map((id) => [id, rows.filter(({ release }) => release === id).map(({ name }) => name)]));
}

/**
 * Holds what the gates read of a device's rollouts until this command has committed, so that a pause does not come
 * between the gate and the offer. SQLite has one writer and needs no hold.
 */
export async function holdGates({ db, dialect }: CommandContext, device: number): Promise<void> {
  if (dialect === 'sqlite') return;
  await sql`
    select 1 from rollout join release on release.id = rollout.release
    where rollout.id in (select rollout from assignment where device = ${device} and ended_at is null)
    order by rollout.id for share`.execute(db);
}
