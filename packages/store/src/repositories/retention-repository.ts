import type { AssignmentState } from '@updraft/core';
import { sql, type Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { Schema } from '../schema.ts';
import { addToCount, type CountedState } from './counter-repository.ts';
import { takeDevices } from './device-set-repository.ts';

/** Members and reports that one command removes at most: together some milliseconds of the writer. */
export const REMOVED_MEMBERS_PER_SLICE = 100;
export const REMOVED_REPORTS_PER_SLICE = 500;
/** Devices whose remains are looked for in one read. */
const DEVICES_PER_LOOK = 500;

export type RetentionOfTenant = {
  readonly tenant: number;
  readonly rolloutsDays: number;
  readonly eventsDays: number;
  readonly artifactsDays: number;
};

export async function retentionsOfTenants(db: Kysely<Schema>): Promise<readonly RetentionOfTenant[]> {
  return db
    .selectFrom('tenant')
    .select([
      'id as tenant',
      'keep_rollouts_days as rolloutsDays',
      'keep_events_days as eventsDays',
      'keep_artifacts_days as artifactsDays',
    ])
    .orderBy('id')
    .execute();
}

/** How many rows went. */
export type RemovedRows = Partial<
  Readonly<Record<'rollouts' | 'assignments' | 'attempts' | 'reports' | 'events' | 'artifacts', number>>
>;
/** What one slice removed, and whether there may be more to remove. */
export type RemovedSlice = { readonly more: boolean; readonly removed: RemovedRows };

export type EndedRollout = { readonly id: number; readonly uid: string; readonly name: string; readonly kind: string };

/**
 * The rollout of the tenant that ended first, if that was before `endedBefore` (epoch ms). One that another was made from
 * stays until that has ended too: its members say whom the other is for.
 */
export async function oldestEndedRollout(
  db: Kysely<Schema>,
  tenant: number,
  endedBefore: number,
): Promise<EndedRollout | undefined> {
  return (
    db
      .selectFrom('rollout')
      .select(['id', 'uid', 'name', 'kind'])
      .where('tenant', '=', tenant)
      .where('ended_at', '<', endedBefore)
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('rollout as linked')
              .select('linked.id')
              .whereRef('linked.parent', '=', 'rollout.id')
              .where('linked.ended_at', 'is', null),
          ),
        ),
      )
      // A saved filter shows how what carries its rule has ended.
      .where((eb) =>
        eb.not(eb.exists(eb.selectFrom('saved_filter').select('id').whereRef('auto_rollout', '=', 'rollout.id'))),
      )
      .orderBy('ended_at')
      .limit(1)
      .executeTakeFirst()
  );
}

/** Removes a slice of a rollout's members with what was told of them; `more` tells whether any were there. */
export async function removeMembers(context: CommandContext, rollout: number): Promise<RemovedSlice> {
  const members = await context.db
    .selectFrom('assignment')
    .select('id')
    .where('rollout', '=', rollout)
    .orderBy('device')
    .limit(REMOVED_MEMBERS_PER_SLICE)
    .execute();
  const ids = members.map(({ id }) => id);
  return { more: ids.length > 0, removed: await removeAssignments(context, ids) };
}

/** Rollouts of the tenant that go on and were made before `before` (epoch ms): those that assign by themselves may do so for years. */
export async function longRunningRollouts(
  db: Kysely<Schema>,
  tenant: number,
  before: number,
): Promise<readonly number[]> {
  const rollouts = db.selectFrom('rollout').select('id').where('tenant', '=', tenant).where('ended_at', 'is', null);
  return (await rollouts.where('created_at', '<', before).execute()).map(({ id }) => id);
}

export type MembersAsked = { readonly rollout: number; readonly before: number; readonly after: number };

/**
 * Members of a rollout, behind the device `after`, whose assignment ended before `before` (epoch ms) and still has
 * reports; in the order of their devices.
 */
export async function endedMembersWithReports(
  db: Kysely<Schema>,
  { rollout, before, after }: MembersAsked,
): Promise<readonly { readonly id: number; readonly device: number }[]> {
  return db
    .selectFrom('assignment as a')
    .select(['a.id', 'a.device'])
    .where('a.rollout', '=', rollout)
    .where('a.device', '>', after)
    .where('a.ended_at', '<', before)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('attempt as t')
          .innerJoin('report as r', 'r.attempt', 't.id')
          .select('r.id')
          .whereRef('t.assignment', '=', 'a.id'),
      ),
    )
    .orderBy('a.device')
    .limit(REMOVED_MEMBERS_PER_SLICE)
    .execute();
}

export type EndedAsked = {
  readonly states: readonly AssignmentState[];
  /** Ended before it, epoch ms. */
  readonly before: number;
  /** Number of an assignment. */
  readonly after: number;
};

/**
 * Ids of a tenant's assignments behind the number `after` that have ended so, in rollouts that are over and that no other
 * still speaks of; `next` is where the look goes on, null at its end.
 */
export async function endedMembers(
  db: Kysely<Schema>,
  tenant: number,
  { states, before, after }: EndedAsked,
): Promise<{ readonly members: readonly number[]; readonly next: number | null }> {
  const rows = await db
    .selectFrom('assignment as a')
    .innerJoin('rollout as r', 'r.id', 'a.rollout')
    .select(['a.id', 'a.number', 'a.state', 'a.ended_at', 'r.ended_at as rollout_ended_at'])
    .select((eb) =>
      eb
        .selectFrom('rollout as linked')
        .select('linked.id')
        .whereRef('linked.parent', '=', 'r.id')
        .where('linked.ended_at', 'is', null)
        .limit(1)
        .as('linked'),
    )
    .where('a.tenant', '=', tenant)
    .where('a.number', '>', after)
    .orderBy('a.number')
    .limit(REMOVED_MEMBERS_PER_SLICE)
    .execute();
  const isOver = (row: (typeof rows)[number]) =>
    row.ended_at !== null && row.ended_at < before && row.rollout_ended_at !== null && row.linked === null;
  const members = rows.filter((row) => isOver(row) && states.includes(row.state)).map(({ id }) => id);
  return { members, next: rows.length < REMOVED_MEMBERS_PER_SLICE ? null : (rows.at(-1)?.number ?? null) };
}

/** Removes a slice of these assignments of rollouts that are over, whose counts follow. */
export async function removeEndedMembers(
  context: CommandContext,
  assignments: readonly number[],
): Promise<RemovedSlice> {
  const rows = await context.db
    .selectFrom('assignment')
    .select(['id', 'device', 'rollout', 'phase', 'state', 'erred'])
    .where('id', 'in', assignments)
    .where('ended_at', 'is not', null)
    .execute();
  await takeDevices(context, [...new Set(rows.map(({ device }) => device))]);
  const ids = rows.map(({ id }) => id);
  const removed = await removeAssignments(context, ids);
  if (removed.assignments > 0) await countOff(context, rows);
  return { more: rows.length > 0 && removed.assignments === 0, removed };
}

/** Removes a slice of the reports of assignments that have ended; the assignments and their attempts stay. */
export async function removeReportsOf(context: CommandContext, assignments: readonly number[]): Promise<RemovedSlice> {
  const rows = await context.db
    .selectFrom('attempt as t')
    .innerJoin('assignment as a', 'a.id', 't.assignment')
    .select('t.id')
    .where('t.assignment', 'in', assignments)
    .where('a.ended_at', 'is not', null)
    .execute();
  const reports = await removeReports(
    context.db,
    rows.map(({ id }) => id),
  );
  return { more: reports === REMOVED_REPORTS_PER_SLICE, removed: { reports } };
}

/** Removes a rollout that has no members any more, and what stands under it. */
export async function removeRollout({ db }: CommandContext, rollout: number): Promise<void> {
  for (const table of ['counter', 'counter_delta', 'pace'] as const)
    await db.deleteFrom(table).where('rollout', '=', rollout).execute();
  await db.deleteFrom('rollout').where('id', '=', rollout).execute();
}

/** The tenant's oldest artifacts that no component names and that are older than `before` (epoch ms), as uids. */
export async function unnamedArtifacts(
  db: Kysely<Schema>,
  tenant: number,
  { before, limit }: { readonly before: number; readonly limit: number },
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('artifact')
    .select('uid')
    .where('tenant', '=', tenant)
    .where('created_at', '<', before)
    .where((eb) =>
      eb.not(
        eb.exists(eb.selectFrom('component_artifact').select('component').whereRef('artifact', '=', 'artifact.id')),
      ),
    )
    .orderBy('created_at')
    .limit(limit)
    .execute();
  return rows.map(({ uid }) => uid);
}

/** Ids of devices after `after` that have assignments and do not exist; `next` is where the look goes on, null at its end. */
export async function devicesGone(
  db: Kysely<Schema>,
  after: number,
): Promise<{ readonly devices: readonly number[]; readonly next: number | null }> {
  const { rows } = await sql<{ device: number; is_there: number }>`
    with recursive owner (device) as (
      select (select min(device) from assignment where device > cast(${after} as bigint))
      union all
      select (select min(device) from assignment where device > owner.device) from owner where owner.device is not null
    )
    select seen.device, case when device.id is null then 0 else 1 end as is_there
    from (select device from owner where device is not null limit ${DEVICES_PER_LOOK}) as seen
    left join device on device.id = seen.device`.execute(db);
  const last = rows.length < DEVICES_PER_LOOK ? null : Math.max(...rows.map(({ device }) => device));
  return { devices: rows.filter(({ is_there }) => is_there === 0).map(({ device }) => device), next: last };
}

/**
 * Removes what ended rollouts keep of a device that is gone, a slice at a time; their counts follow, so that they stay
 * what a full count finds. In a rollout that still runs it counts on.
 */
export async function removeRemains(context: CommandContext, device: number): Promise<RemovedSlice> {
  const rows = await context.db
    .selectFrom('assignment as a')
    .innerJoin('rollout as r', 'r.id', 'a.rollout')
    .select(['a.id', 'a.rollout', 'a.phase', 'a.state', 'a.erred'])
    .where('a.device', '=', device)
    .where('a.ended_at', 'is not', null)
    .where('r.ended_at', 'is not', null)
    .limit(REMOVED_MEMBERS_PER_SLICE)
    .execute();
  const removed = await removeAssignments(
    context,
    rows.map(({ id }) => id),
  );
  // While reports are still going the assignments stand, and count.
  if (removed.assignments > 0) await countOff(context, rows);
  return { more: rows.length > 0, removed };
}

/** Removes one ended assignment with all that was said of it; its rollout's counts follow. */
export async function removeAssignment(context: CommandContext, assignment: number): Promise<void> {
  const row = await context.db
    .selectFrom('assignment')
    .select(['id', 'rollout', 'phase', 'state', 'erred'])
    .where('id', '=', assignment)
    .executeTakeFirstOrThrow();
  // An attempt has a bounded number of reports: so the slices end.
  while ((await removeAssignments(context, [assignment])).assignments === 0);
  await countOff(context, [row]);
}

type Counted = { readonly rollout: number; readonly phase: number; readonly state: string; readonly erred: number };

async function countOff(context: CommandContext, gone: readonly Counted[]): Promise<void> {
  for (const { rollout, phase, state, erred } of gone) {
    await addToCount(context, [{ rollout, phase, state: state as CountedState, n: -1 }]);
    await context.db
      .updateTable('phase')
      .set((eb) => ({ total: eb('total', '-', 1), erred: eb('erred', '-', erred) }))
      .where('rollout', '=', rollout)
      .where('number', '=', phase)
      .execute();
  }
}

type RemovedMembers = Required<Pick<RemovedRows, 'assignments' | 'attempts' | 'reports'>>;

/** Removes assignments with their attempts; while these have more reports than fit into the slice, only reports. */
async function removeAssignments({ db }: CommandContext, assignments: readonly number[]): Promise<RemovedMembers> {
  if (assignments.length === 0) return { assignments: 0, attempts: 0, reports: 0 };
  const rows = await db.selectFrom('attempt').select('id').where('assignment', 'in', assignments).execute();
  const attempts = rows.map(({ id }) => id);
  const reports = await removeReports(db, attempts);
  if (reports === REMOVED_REPORTS_PER_SLICE) return { assignments: 0, attempts: 0, reports };
  await forgetInstalledNumbers(db, assignments);
  if (attempts.length > 0) await db.deleteFrom('attempt').where('id', 'in', attempts).execute();
  await db.deleteFrom('assignment').where('id', 'in', assignments).execute();
  return { assignments: assignments.length, attempts: attempts.length, reports };
}

/** Doors point to what brought the running release for as long as it stands. */
async function forgetInstalledNumbers(db: CommandContext['db'], assignments: readonly number[]): Promise<void> {
  const going = db.selectFrom('assignment as a').where('a.id', 'in', assignments);
  await db
    .updateTable('device')
    .set({ installed_number: null })
    .where('id', 'in', going.select('a.device'))
    .where((eb) =>
      eb.or([
        eb('installed_number', 'in', going.select('a.number')),
        eb('installed_number', 'in', going.innerJoin('attempt as t', 't.assignment', 'a.id').select('t.number')),
      ]),
    )
    .execute();
}

/** Removes so many reports of these attempts as fit into a slice. */
async function removeReports(db: CommandContext['db'], attempts: readonly number[]): Promise<number> {
  if (attempts.length === 0) return 0;
  const slice = db.selectFrom('report').select('id').where('attempt', 'in', attempts).limit(REMOVED_REPORTS_PER_SLICE);
  const ids = (await slice.execute()).map(({ id }) => id);
  if (ids.length > 0) await db.deleteFrom('report').where('id', 'in', ids).execute();
  return ids.length;
}
